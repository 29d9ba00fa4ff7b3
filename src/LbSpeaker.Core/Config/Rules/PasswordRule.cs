using System.Collections.Immutable;
using System.Text;
using LbSpeaker.Core.Announcement.Bgp;
using LbSpeaker.Core.Cluster;

namespace LbSpeaker.Core.Config.Rules;

/// <summary>
/// At most one of password and passwordSecret is given, and the kernel can take it. A Secret that is not there is no fault of the peer's: it may come
/// later, or have been taken away while the session runs, and that must not end it.
/// </summary>
internal static class PasswordRule
{
    /// <summary>What TCP MD5 signatures take on Linux (TCP_MD5SIG_MAXKEYLEN).</summary>
    private const int LongestKey = 80;

    public static BgpPassword Compile(BgpPeerDeclaration declaration, ImmutableSortedDictionary<ObjectKey, SecretView>? secrets, Faults faults)
    {
        if (declaration.Password is not null && declaration.PasswordSecret is not null)
            faults.Add(ProblemReason.ExclusiveFields, "at most one of password and passwordSecret may be set: both are");
        if (declaration.Password is { } password) return Checked(password, "password", faults);
        if (declaration.PasswordSecret is not { } name) return BgpPassword.None;
        ObjectKey key = new(declaration.Meta.Key.Namespace, name);
        return secrets?.GetValueOrDefault(key)?.Password is { } secret ? Checked(secret, $"passwordSecret {name}", faults) : new(null, key.ToString());
    }

    private static BgpPassword Checked(Values.SecretText password, string field, Faults faults)
    {
        int length = Encoding.UTF8.GetByteCount(password.Reveal());
        if (length is 0 or > LongestKey) faults.Add(ProblemReason.OutOfRange, $"{field} has {length} octets: TCP MD5 signatures take 1 to {LongestKey}");
        return new(password, null);
    }
}

using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using LbSpeaker.Core.Cluster;

namespace LbSpeaker.Kubernetes.Writing;

/// <summary>
/// Names events so that no two reporters choose the same, also where they speak of one object at one tick of the clock: who is told that a name is
/// taken knows that it was taken by itself.
/// </summary>
/// <param name="component">As in the event's source.</param>
/// <param name="instance">The Pod or node that speaks.</param>
internal sealed class EventNames(string component, string instance, TimeProvider time)
{
    /// <summary>A DNS subdomain name (RFC 1123) has at most 253 characters, and so may the object's.</summary>
    private const int LongestSubject = 200;

    private int count;

    /// <summary>The object's name and 64 bits of a digest over who speaks, when, and as the how manieth.</summary>
    public string Next(ObjectKey subject)
    {
        string begin = subject.Name.Length <= LongestSubject ? subject.Name : subject.Name[..LongestSubject].TrimEnd('.', '-');
        byte[] digest = SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{component}\n{instance}\n{time.GetUtcNow().UtcTicks}\n{count++}")));
        return $"{begin}.{Convert.ToHexStringLower(digest.AsSpan(0, 8))}";
    }
}

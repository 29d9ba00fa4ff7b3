using System.Buffers;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Bgp.Wire;

/// <summary>
/// A row of prefixes that fills its field (RFC 4271 section 4.3).
/// <code>
/// +---------------------------+
/// |   Length (1 octet)        |
/// +---------------------------+
/// |   Prefix (variable)       |
/// +---------------------------+
/// </code>
/// </summary>
internal static class NlriField
{
    /// <summary>False where a length is beyond the family's, or a prefix beyond the field's end (RFC 7606 section 5.3).</summary>
    public static bool TryRead(WireReader field, IpFamily family, out ValueArray<IpPrefix> prefixes)
    {
        prefixes = [];
        if (field.IsEmpty) return true;
        // A prefix has at least one octet, so there are no more prefixes than octets; how many fewer is known at the end only.
        IpPrefix[] buffer = ArrayPool<IpPrefix>.Shared.Rent(field.Remaining);
        int count = 0;
        while (field.TryReadPrefix(family, out IpPrefix prefix)) buffer[count++] = prefix;
        if (field.IsEmpty) prefixes = ValueArray.Create<IpPrefix>(buffer.AsSpan(0, count));
        ArrayPool<IpPrefix>.Shared.Return(buffer);
        return field.IsEmpty;
    }

    public static void Write(ref WireWriter writer, ValueArray<IpPrefix> prefixes)
    {
        foreach (IpPrefix prefix in prefixes) writer.WritePrefix(prefix);
    }
}

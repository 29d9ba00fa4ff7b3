namespace LbSpeaker.Linux.Links;

/// <summary>Names and numbers of links.</summary>
public static class LinkIndex
{
    /// <summary>Null where this network namespace has no such link.</summary>
    public static int? Of(string name) => Libc.InterfaceIndex(name) is > 0 and uint index ? (int)index : null;
}

using LbSpeaker.Core.Values;

namespace LbSpeaker.Core.Net;

/// <summary>
/// Addresses in order, each listed by one or more, of which people are shown the first. A change behind those costs no more than its place in the order: with
/// ten thousand addresses nearly every change is one.
/// </summary>
/// <param name="show">What is shown of an address, from what was last said of it.</param>
internal sealed class AddressRoll<TEntry, TShown>(Func<IpAddress, TEntry, TShown> show)
{
    private readonly SortedDictionary<IpAddress, (TEntry Entry, int Times)> entries = [];
    private FirstOf<TShown>? shown;
    private IpAddress lastShown;

    /// <summary>One more or one less lists the address.</summary>
    public void Change(IpAddress address, TEntry entry, int change)
    {
        int times = entries.GetValueOrDefault(address).Times + change;
        if (times == 0) entries.Remove(address); else entries[address] = (entry, times);
        if (shown is not null && (shown.First.Count < FirstOf.Most || address <= lastShown)) shown = null;
    }

    /// <summary>The same object until something changes.</summary>
    public FirstOf<TShown> Shown
    {
        get
        {
            if (shown is null)
            {
                List<TShown> first = [];
                foreach ((IpAddress address, (TEntry entry, _)) in entries)
                {
                    first.Add(show(address, entry));
                    lastShown = address;
                    if (first.Count == FirstOf.Most) break;
                }
                shown = new(entries.Count, first.ToValueArray());
            }
            else if (shown.Total != entries.Count) shown = shown with { Total = entries.Count };
            return shown;
        }
    }
}

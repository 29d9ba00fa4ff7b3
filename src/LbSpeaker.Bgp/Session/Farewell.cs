using System.Text;
using LbSpeaker.Bgp.Wire;

namespace LbSpeaker.Bgp.Session;

/// <summary>How a session that we end by intent is ended, so that the router keeps our routes exactly where it should.</summary>
internal static class Farewell
{
    /// <summary>Octets. RFC 9003 allows 255; speakers of RFC 8203 take no more than 128.</summary>
    private const int LongestCommunication = 128;

    /// <summary>
    /// Null: close without a word. A NOTIFICATION makes a router forget our routes although it granted us graceful restart (RFC 4724 section 4.2), unless both sides
    /// know RFC 8538; then only a hard reset does.
    /// </summary>
    /// <param name="terms">Null before both OPENs are accepted.</param>
    public static NotificationMessage? For(SessionEnd end, SessionTerms? terms)
    {
        bool outliveConnection = terms?.RoutesOutliveConnection == true, outliveNotification = terms?.RoutesOutliveNotification == true;
        return end.Reason switch
        {
            SessionEndReason.Shutdown when outliveNotification => Communicate(NotificationError.AdministrativeReset, end.Text),
            SessionEndReason.SettingsChanged when outliveNotification => new(NotificationError.OtherConfigurationChange),
            SessionEndReason.Shutdown or SessionEndReason.SettingsChanged when outliveConnection => null,
            SessionEndReason.SettingsChanged => new(NotificationError.OtherConfigurationChange),
            SessionEndReason.BfdDown => Hard(new(NotificationError.BfdDown), outliveNotification),
            _ => Hard(Communicate(NotificationError.AdministrativeShutdown, end.Text), outliveNotification),
        };
    }

    private static NotificationMessage Hard(NotificationMessage reason, bool outliveNotification) => outliveNotification ? NotificationMessage.HardReset(reason) : reason;

    private static NotificationMessage Communicate(NotificationError error, string text)
    {
        StringBuilder kept = new();
        int octets = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            if ((octets += rune.Utf8SequenceLength) > LongestCommunication) break;
            kept.Append(rune);
        }
        return NotificationMessage.WithCommunication(error, kept.ToString());
    }
}

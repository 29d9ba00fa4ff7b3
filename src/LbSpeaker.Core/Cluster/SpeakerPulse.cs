namespace LbSpeaker.Core.Cluster;

/// <summary>What this node hears of the speaker of another one, without the API server.</summary>
public enum SpeakerPulse
{
    /// <summary>Nothing has been heard yet, which says nothing: the Leases decide.</summary>
    Unheard,
    Alive,
    /// <summary>It was heard, and others are being asked whether they hear it.</summary>
    Suspected,
    /// <summary>It was heard, and now neither this node nor another one hears it.</summary>
    Dead,
    /// <summary>It said that it goes.</summary>
    Leaving,
}

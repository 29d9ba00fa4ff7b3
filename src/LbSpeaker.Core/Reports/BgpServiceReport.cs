using LbSpeaker.Core.Values;

namespace LbSpeaker.Core.Reports;

/// <summary>What a node says about one Service that it announces by BGP: its ServiceBGPStatus. Names of BGPPeers, sorted.</summary>
/// <param name="Peers">Whom it is meant for, as MetalLB shows it: whether their sessions are up is not said.</param>
/// <param name="OnWire">Those of them that have been told all prefixes of the Service in the session that they have now.</param>
public sealed record BgpServiceReport(ValueArray<string> Peers, ValueArray<string> OnWire);

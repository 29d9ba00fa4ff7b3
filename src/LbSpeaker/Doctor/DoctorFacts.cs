using LbSpeaker.Core.Values;
using LbSpeaker.Kubernetes.Client;
using LbSpeaker.Kubernetes.Directory;
using LbSpeaker.Preview;

namespace LbSpeaker.Doctor;

/// <summary>All that the checks look at, gathered before.</summary>
/// <param name="Kubernetes">The version of the API server, as it says it (v1.31.2); null where nobody was asked.</param>
/// <param name="Rights">What whoever asks may not do (false), or what the server does not say (null).</param>
/// <param name="Node">This machine, where it is a node; null elsewhere.</param>
internal sealed record DoctorFacts(ClusterPreview Preview, ClusterStatus Status, ClusterSurvey Survey, bool IsLive, string? Kubernetes, ValueArray<(Right Right, bool? Allowed)> Rights, NodeFacts? Node);

/// <summary>What a machine says of itself as a node.</summary>
/// <param name="ReversePathFilter">net.ipv4.conf of each interface that may announce, sorted by name: 0 off, 1 strict, 2 loose; the greater of its own and that of <c>all</c>, which counts.</param>
/// <param name="Ports">Those that LbSpeaker uses and another program has.</param>
internal sealed record NodeFacts(ValueArray<(string Interface, int Value)> ReversePathFilter, ValueArray<TakenPort> Ports, ValueArray<KernelFeature> Features);

/// <param name="Protocol">tcp or udp.</param>
/// <param name="Program">Its name, or "another program" where that may not be seen.</param>
internal sealed record TakenPort(string Protocol, int Port, string Use, string Program);

/// <param name="IsThere">Null where this process may not find out.</param>
/// <param name="Use">What cannot be done without it.</param>
internal sealed record KernelFeature(string Name, string Use, bool? IsThere);

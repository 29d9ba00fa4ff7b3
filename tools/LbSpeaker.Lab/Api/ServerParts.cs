using LbSpeaker.Lab.Api.Kinds;
using LbSpeaker.Lab.Api.Storage;
using LbSpeaker.Lab.Api.Strategies;
using LbSpeaker.Lab.Api.Writing;

namespace LbSpeaker.Lab.Api;

/// <summary>What the server is made of, for those of its parts that need the others.</summary>
internal sealed class ServerParts
{
    public ServerParts(ApiServerOptions options)
    {
        Options = options;
        Time = options.Time;
        Store = new Store(options.HistoryLength);
        Kinds = new KindRegistry(Store);
        ServiceNetwork = new ServiceNetwork(options.ServiceCidrs, options.FirstNodePort, options.LastNodePort);
        Writer = new Writer(this);
        Deleter = new Deleter(this);
        Collector = new Collector(this);
    }

    public ApiServerOptions Options { get; }
    public TimeProvider Time { get; }
    public Store Store { get; }
    public KindRegistry Kinds { get; }
    public ServiceNetwork ServiceNetwork { get; }
    public Writer Writer { get; }
    public Deleter Deleter { get; }
    public Collector Collector { get; }
}

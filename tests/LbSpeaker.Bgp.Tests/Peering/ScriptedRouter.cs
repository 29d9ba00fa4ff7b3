using LbSpeaker.Bgp.Wire;
using LbSpeaker.Bgp.Wire.Attributes;
using LbSpeaker.Bgp.Wire.Capabilities;
using LbSpeaker.Core.Net;

namespace LbSpeaker.Bgp.Tests.Peering;

/// <summary>The router's end of a connection, told word by word what to do.</summary>
internal sealed class ScriptedRouter(FakeWire wire)
{
    private readonly byte[] input = new byte[256 * 1024];
    private int start, end;
    private CodecOptions codec = CodecOptions.Default;

    public FakeWire Wire { get; } = wire;

    /// <summary>Prefixes that it has been told.</summary>
    public HashSet<IpPrefix> Routes { get; } = [];

    public int Updates { get; private set; }

    public static OpenMessage Open(uint asNumber = 65001, ushort hold = 90, string identifier = "192.0.2.2", params Capability[] more) =>
        new(asNumber, hold, IpAddress.Parse(identifier), [new MultiprotocolCapability(AddressFamily.IPv4Unicast), FlagCapability.RouteRefresh, .. more]);

    public Task Send(BgpMessage message)
    {
        byte[] octets = new byte[BgpMessage.MaxLength];
        return SendOctets(octets.AsMemory(0, message.Encode(octets, codec)));
    }

    public Task SendOctets(ReadOnlyMemory<byte> octets) => Wire.ToSpeaker.WriteAsync(octets, CancellationToken.None).AsTask();

    /// <summary>Closes without a word.</summary>
    public void Hangup() => Wire.ToSpeaker.End();

    public void Reset() => Wire.ToSpeaker.End(new(Bgp.Session.SessionEndReason.ConnectionLost, "the router has reset the connection"));

    /// <summary>The next message; null where the speaker has closed.</summary>
    public async Task<BgpMessage?> Receive()
    {
        while (true)
        {
            Frame frame = Framing.Read(input.AsSpan(start, end - start));
            Assert.NotEqual(FrameStatus.Invalid, frame.Status);
            if (frame.Status == FrameStatus.Complete)
            {
                start += frame.Message.Length;
                DecodeResult result = MessageDecoder.Decode(frame.Message, codec);
                Assert.True(result.IsMessage, result.Error?.ToString());
                Count(result.Message);
                return result.Message;
            }
            input.AsSpan(start, end - start).CopyTo(input);
            (start, end) = (0, end - start);
            int octets = await Wire.ToRouter.ReadAsync(input.AsMemory(end), CancellationToken.None).AsTask().WaitAsync(Bench.Patience);
            if (octets == 0) return null;
            end += octets;
        }
    }

    /// <summary>The next message that is of the type; others are passed over.</summary>
    public async Task<T> Receive<T>() where T : BgpMessage
    {
        while (true)
            if (await Receive() is T wanted) return wanted;
    }

    /// <summary>Comes up as any router does.</summary>
    public async Task<ScriptedRouter> Establish(OpenMessage? open = null)
    {
        await Confirm(open);
        await Send(KeepaliveMessage.Instance);
        return this;
    }

    /// <summary>As far as the speaker's KEEPALIVE: the router's own is all that is missing.</summary>
    public async Task<ScriptedRouter> Confirm(OpenMessage? open = null)
    {
        OpenMessage ours = Assert.IsType<OpenMessage>(await Receive());
        await Send(open ?? Open());
        Assert.IsType<KeepaliveMessage>(await Receive());
        codec = CodecOptions.Negotiate(open ?? Open(), ours);
        return this;
    }

    /// <summary>Reads until it has so many routes.</summary>
    public async Task ReceiveRoutes(int count)
    {
        while (Routes.Count != count) Assert.NotNull(await Receive());
    }

    private void Count(BgpMessage message)
    {
        if (message is not UpdateMessage update) return;
        Updates++;
        Routes.ExceptWith(update.Withdrawn);
        Routes.ExceptWith(update.Find<MpUnreachAttribute>()?.Prefixes.AsEnumerable() ?? []);
        Routes.UnionWith(update.Nlri);
        Routes.UnionWith(update.Find<MpReachAttribute>()?.Prefixes.AsEnumerable() ?? []);
    }
}

using System.Collections.Immutable;
using CsCheck;
using LbSpeaker.Core.Announcement;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Reports;
using LbSpeaker.Layer2.Announcing;
using LbSpeaker.Layer2.Capture;
using LbSpeaker.Layer2.Claiming;
using LbSpeaker.Layer2.Tests.Fakes;
using LbSpeaker.Linux.Links;
using Microsoft.Extensions.Time.Testing;

namespace LbSpeaker.Layer2.Tests.Claiming;

/// <summary>Several speakers on one segment and one clock: every frame of one reaches the others it is for, some are lost.</summary>
public sealed class SpeakersTests
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(10);
    private static readonly IpAddress[] Addresses = [Segment.IPv4, Segment.IPv6];

    /// <summary>All believe to own the same addresses: the first in rank answers, alone, whatever is lost meanwhile, and nothing storms.</summary>
    [Fact]
    public void Of_speakers_that_all_own_an_address_one_answers_in_the_end_and_none_storms() =>
        Gen.Select(Gen.Int[2, 4], Gen.Int[0, 30], Gen.Int[0, 1_000_000]).Sample((count, lossPercent, seed) =>
        {
            using Speakers speakers = new(count, lossPercent, new Random(seed));
            speakers.Plan(Layer2Role.Own);
            // Whoever is first goes on announcing, so that in the end no loss matters.
            speakers.Pass(TimeSpan.FromSeconds(4));
            speakers.LossPercent = 0;
            speakers.Pass(TimeSpan.FromSeconds(3));
            int before = speakers.Frames;
            speakers.Pass(TimeSpan.FromSeconds(10));
            // For each of those that yielded three questions a second and their answers, for each address; beside that the announcer's own.
            Assert.InRange(speakers.Frames - before, 0, (count - 1) * 2 * 2 * 35 + 40);
            foreach (IpAddress address in Addresses) Assert.Equal([speakers.First(address)], speakers.Answering(address));
        }, iter: 30, threads: 1);

    /// <summary>All are to claim it, at about the same time: one does.</summary>
    [Fact]
    public void Of_speakers_that_claim_an_address_at_once_one_has_it() =>
        Gen.Select(Gen.Int[2, 4], Gen.Int[0, 1_000_000]).Sample((count, seed) =>
        {
            using Speakers speakers = new(count, 0, new Random(seed));
            speakers.Plan(Layer2Role.Claim);
            speakers.Pass(TimeSpan.FromSeconds(1));
            foreach (IpAddress address in Addresses) Assert.Equal([speakers.First(address)], speakers.Answering(address));
            speakers.Pass(TimeSpan.FromSeconds(30));
            foreach (IpAddress address in Addresses) Assert.Equal([speakers.First(address)], speakers.Answering(address));
        }, iter: 20, threads: 1);

    private sealed class Speakers : IDisposable
    {
        private readonly Random random;
        private readonly Layer2Metrics metrics = new(() => { });
        private readonly List<(string Node, LinkState Link, FakeLinkLayer Network, FakeCapture Capture, PortSet Ports)> nodes = [];
        private TimeSpan now = TimeSpan.FromMinutes(1);

        public Speakers(int count, int lossPercent, Random random)
        {
            (LossPercent, this.random) = (lossPercent, random);
            Layer2Options options = new();
            for (int i = 0; i < count; i++)
            {
                (FakeLinkLayer network, FakeCapture capture, BurstSchedule schedule) = (new(), new(), new(options, random));
                Claims claims = new(options.Claims, options.PaceWindow, random);
                nodes.Add(($"node-{random.Next(1000)}-{i}", FakeLinkLayer.Fit(2, "eth0", $"02:00:00:00:00:1{i}"), network, capture,
                    new PortSet(options, TimeProvider.System, network, capture, new Hearing(() => { }), new Standstills(new FakeTimeProvider(), options.Claims.Absence), metrics, schedule, claims, new TraceBuffer())));
            }
        }

        public int LossPercent { get; set; }

        /// <summary>Sent so far by all together.</summary>
        public int Frames { get; private set; }

        public void Plan(Layer2Role role)
        {
            foreach ((string node, LinkState link, _, _, PortSet ports) in nodes)
                ports.Reconcile([link], new(
                    Addresses.ToImmutableSortedDictionary(a => a, _ => new Layer2Duty([], role)),
                    nodes.Where(n => n.Node != node).ToImmutableSortedDictionary(n => n.Link.Mac!.Value, n => n.Node), node), now);
        }

        public void Pass(TimeSpan time)
        {
            for (TimeSpan until = now + time; now < until; now += Step)
                foreach ((string node, _, FakeLinkLayer network, FakeCapture capture, PortSet ports) in nodes)
                {
                    capture.Reading.Single().Pump();
                    ports.Act(now);
                    while (network.Device("eth0").Sent.TryTake(out byte[]? frame)) Deliver(node, frame);
                }
        }

        public string First(IpAddress address) => nodes.Select(n => n.Node).Aggregate((a, b) => OwnerElection.Outranks(a, b, address) ? a : b);

        public IEnumerable<string> Answering(IpAddress address) => nodes.Where(n => n.Capture.Reading.Single().Answers(address)).Select(n => n.Node);

        public void Dispose()
        {
            foreach ((_, _, FakeLinkLayer network, _, PortSet ports) in nodes)
            {
                ports.Dispose();
                network.Dispose();
            }
            metrics.Dispose();
        }

        private void Deliver(string from, byte[] frame)
        {
            Frames++;
            foreach ((string node, LinkState link, FakeLinkLayer network, _, _) in nodes)
                if (node != from && ((frame[0] & 1) == 1 || MacAddress.FromBytes(frame) == link.Mac) && random.Next(100) >= LossPercent) network.Device("eth0").Arrive(frame);
        }
    }
}

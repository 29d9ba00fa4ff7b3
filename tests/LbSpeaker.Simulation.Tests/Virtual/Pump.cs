using LbSpeaker.Kubernetes.Client;

namespace LbSpeaker.Simulation.Tests.Virtual;

/// <summary>Writes one thing at a time of each object, the newest, and again until it goes through: what WritePump does, on the virtual clock.</summary>
internal sealed class Pump<TKey, TWork>(Process process, Func<double> random, Action<TKey, TWork, Action<ApiOutcome>> write) where TKey : notnull where TWork : class
{
    private sealed class Slot
    {
        public TWork? Next { get; set; }

        public bool IsInFlight { get; set; }

        public bool IsSuperseded { get; set; }

        /// <summary>The server did not answer: newer work waits too.</summary>
        public bool IsPatient { get; set; }

        /// <summary>A pause that newer work has ended is over.</summary>
        public int Attempt { get; set; }

        public required Backoff Backoff { get; init; }
    }

    private readonly Dictionary<TKey, Slot> slots = [];

    public void Set(TKey key, TWork? work)
    {
        if (!slots.TryGetValue(key, out Slot? slot))
        {
            if (work is null) return;
            slots[key] = slot = new() { Backoff = new(random) };
        }
        slot.Next = work;
        slot.IsSuperseded = true;
        if (!slot.IsInFlight && !slot.IsPatient) Send(key, slot);
    }

    private void Send(TKey key, Slot slot)
    {
        slot.Attempt++;
        slot.IsPatient = false;
        if (slot.Next is not { } work)
        {
            slots.Remove(key);
            return;
        }
        slot.IsInFlight = true;
        slot.IsSuperseded = false;
        slot.Next = null;
        write(key, work, outcome => Settle(key, slot, work, outcome));
    }

    private void Settle(TKey key, Slot slot, TWork work, ApiOutcome outcome)
    {
        slot.IsInFlight = false;
        slot.IsPatient = outcome == ApiOutcome.Unreachable;
        if (outcome == ApiOutcome.Ok) slot.Backoff.Reset();
        else if (!slot.IsSuperseded) slot.Next = work;
        if (slot.Next is null || slot.IsSuperseded && !slot.IsPatient)
        {
            Send(key, slot);
            return;
        }
        int attempt = slot.Attempt;
        process.After(slot.Backoff.Next(), () =>
        {
            if (!slot.IsInFlight && slot.Attempt == attempt) Send(key, slot);
        });
    }
}

using LbSpeaker.Kubernetes.Client;

namespace LbSpeaker.Simulation.Tests.Virtual;

/// <summary>Writes one thing at a time of each object, the newest, and again until it goes through: what WritePump does, on the virtual clock.</summary>
/// <param name="spacing">As of WritePump.</param>
internal sealed class Pump<TKey, TWork>(Process process, Func<double> random, Action<TKey, TWork, Action<ApiOutcome>> write, TimeSpan spacing = default) where TKey : notnull where TWork : class
{
    private sealed class Slot
    {
        public TWork? Next { get; set; }

        public bool IsInFlight { get; set; }

        public bool IsSuperseded { get; set; }

        /// <summary>The server did not answer: newer work waits too.</summary>
        public bool IsPatient { get; set; }

        public bool IsUrgent { get; set; }

        /// <summary>A pause that newer work has ended is over.</summary>
        public int Attempt { get; set; }

        public required Backoff Backoff { get; init; }
    }

    private readonly Dictionary<TKey, Slot> slots = [];
    private readonly Dictionary<TKey, TimeSpan> written = [];

    public void Set(TKey key, TWork? work, bool isUrgent = true)
    {
        if (!slots.TryGetValue(key, out Slot? slot))
        {
            if (work is null) return;
            slots[key] = slot = new() { Backoff = new(random) };
        }
        slot.Next = work;
        slot.IsSuperseded = true;
        slot.IsUrgent = isUrgent;
        if (!slot.IsInFlight && !slot.IsPatient) Proceed(key, slot);
    }

    /// <summary>At once, or when what is not urgent has waited for long enough since the last write.</summary>
    private void Proceed(TKey key, Slot slot)
    {
        TimeSpan rest = slot.Next is null || slot.IsUrgent || !written.TryGetValue(key, out TimeSpan last) ? TimeSpan.Zero : last + spacing - process.Now;
        if (rest <= TimeSpan.Zero) Send(key, slot); else SendAfter(rest, key, slot);
    }

    private void SendAfter(TimeSpan rest, TKey key, Slot slot)
    {
        int attempt = slot.Attempt;
        process.After(rest, () =>
        {
            if (!slot.IsInFlight && slot.Attempt == attempt) Send(key, slot);
        });
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
        if (outcome == ApiOutcome.Ok)
        {
            slot.Backoff.Reset();
            written[key] = process.Now;
        }
        else if (!slot.IsSuperseded) slot.Next = work;
        if (slot.Next is null || slot.IsSuperseded && !slot.IsPatient)
        {
            Proceed(key, slot);
            return;
        }
        SendAfter(slot.Backoff.Next(), key, slot);
    }
}

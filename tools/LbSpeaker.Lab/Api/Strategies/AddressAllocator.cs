using System.Net;
using System.Net.Sockets;
using System.Numerics;

namespace LbSpeaker.Lab.Api.Strategies;

/// <summary>Hands out addresses of one prefix, lowest free first after the ones kept for fixed use. Thread-safe.</summary>
internal sealed class AddressAllocator(IPNetwork range)
{
    private readonly Lock _lock = new();
    private readonly HashSet<BigInteger> _taken = [];
    private readonly BigInteger _base = new(range.BaseAddress.GetAddressBytes(), isUnsigned: true, isBigEndian: true);
    private readonly BigInteger _size = BigInteger.One << ((range.BaseAddress.AddressFamily == AddressFamily.InterNetwork ? 32 : 128) - range.PrefixLength);
    private BigInteger _next = 10;

    public string Family => range.BaseAddress.AddressFamily == AddressFamily.InterNetwork ? "IPv4" : "IPv6";

    /// <summary>The first address, shown by dry runs: it is never given.</summary>
    public string Unallocated => range.BaseAddress.ToString();

    public bool Contains(IPAddress address) => address.AddressFamily == range.BaseAddress.AddressFamily && range.Contains(address);

    public bool TryTake(IPAddress address)
    {
        lock (_lock) return _taken.Add(Offset(address));
    }

    public bool IsTaken(IPAddress address) { lock (_lock) return _taken.Contains(Offset(address)); }

    public string? TakeAny()
    {
        lock (_lock)
        {
            // The low addresses stay free for those asked for by name.
            var limit = BigInteger.Min(_size - 1, 1 << 24);
            for (BigInteger tries = 0; tries < limit; tries++)
            {
                if (_next >= limit) _next = 1;
                var offset = _next++;
                if (!_taken.Add(offset)) continue;
                return Address(offset).ToString();
            }
            return null;
        }
    }

    public void Release(IPAddress address) { lock (_lock) _taken.Remove(Offset(address)); }

    private BigInteger Offset(IPAddress address) => new BigInteger(address.GetAddressBytes(), isUnsigned: true, isBigEndian: true) - _base;

    private IPAddress Address(BigInteger offset)
    {
        var length = range.BaseAddress.GetAddressBytes().Length;
        var bytes = (_base + offset).ToByteArray(isUnsigned: true, isBigEndian: true);
        var padded = new byte[length];
        bytes.CopyTo(padded, length - bytes.Length);
        return new IPAddress(padded);
    }
}

/// <summary>Hands out node ports. A port is taken once a protocol or, as the health check port, for all. Thread-safe.</summary>
internal sealed class PortAllocator(int first, int last)
{
    private readonly Lock _lock = new();
    private readonly HashSet<int> _taken = [];
    private int _next;

    public string Range => $"{first}-{last}";

    /// <summary>What a dry run shows: outside the range.</summary>
    public int Unallocated => last + 2;

    public bool Contains(long port) => port >= first && port <= last;

    public bool TryTake(int port) { lock (_lock) return _taken.Add(port); }

    public bool IsTaken(int port) { lock (_lock) return _taken.Contains(port); }

    public int? TakeAny()
    {
        lock (_lock)
        {
            for (var tries = 0; tries <= last - first; tries++)
            {
                if (_next < first || _next > last) _next = first;
                var port = _next++;
                if (_taken.Add(port)) return port;
            }
            return null;
        }
    }

    public void Release(int port) { lock (_lock) _taken.Remove(port); }
}

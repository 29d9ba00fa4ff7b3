using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace LbSpeaker.Kubernetes.Watching;

/// <summary>Splits a stream into lines, each yielded as soon as its end has been read.</summary>
internal static class LineReader
{
    /// <summary>etcd holds no object beyond 1.5 MiB; a line this long is no watch event.</summary>
    private const int LongestLine = 16 << 20;

    /// <summary>A last line without an end was cut off and is not yielded. The memory is valid until the next line is asked for.</summary>
    /// <param name="rest">How long nothing is read after what came in together; zero for no rest.</param>
    /// <exception cref="InvalidDataException">A line is too long.</exception>
    public static async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(Stream stream, TimeSpan rest, TimeProvider time, [EnumeratorCancellation] CancellationToken cancellation)
    {
        PipeReader reader = PipeReader.Create(stream, new(bufferSize: 16 << 10, leaveOpen: true));
        try
        {
            while (true)
            {
                ReadResult read = await reader.ReadAsync(cancellation).ConfigureAwait(false);
                ReadOnlySequence<byte> buffer = read.Buffer;
                while (buffer.PositionOf((byte)'\n') is { } end)
                {
                    ReadOnlySequence<byte> line = buffer.Slice(0, end);
                    if (!line.IsEmpty) yield return line.IsSingleSegment ? line.First : line.ToArray();
                    buffer = buffer.Slice(buffer.GetPosition(1, end));
                }
                if (buffer.Length > LongestLine) throw new InvalidDataException($"a line of the watch is longer than {LongestLine >> 20} MiB");
                reader.AdvanceTo(buffer.Start, buffer.End);
                if (read.IsCompleted) yield break;
                if (rest > TimeSpan.Zero) await Task.Delay(rest, time, cancellation).ConfigureAwait(false);
            }
        }
        finally
        {
            await reader.CompleteAsync().ConfigureAwait(false);
        }
    }
}

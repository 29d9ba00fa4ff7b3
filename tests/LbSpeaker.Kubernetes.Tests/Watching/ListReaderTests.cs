using System.Text;
using System.Text.Json;
using LbSpeaker.Kubernetes.Watching;

namespace LbSpeaker.Kubernetes.Tests.Watching;

public sealed class ListReaderTests
{
    private const string Page = """
        {"kind":"ServiceList","apiVersion":"v1","metadata":{"resourceVersion":"7","continue":"abc","remainingItemCount":3},
         "items":[{"metadata":{"name":"a"},"spec":{"ports":[1,{"items":[]}]}}, {"metadata":{"name":"ü\n\"b\""}} , {}]}
        """;

    /// <summary>However the bytes come in, the items are the same.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(4096)]
    public async Task Items_come_whole_and_in_order(int chunk)
    {
        (ListMeta meta, List<string> items) = await ReadAsync(Page, chunk);
        Assert.Equal(new ListMeta("abc", "7"), meta);
        Assert.Equal(["""{"metadata":{"name":"a"},"spec":{"ports":[1,{"items":[]}]}}""", """{"metadata":{"name":"ü\n\"b\""}}""", "{}"], items);
    }

    [Theory]
    [InlineData("""{"items":[{"a":1}],"metadata":{"resourceVersion":"7"}}""", "7", 1)]
    [InlineData("""{"metadata":{"resourceVersion":"7","continue":null},"items":null}""", "7", 0)]
    [InlineData("""{"metadata":null,"items":{"a":[1]},"more":[{"items":[1]}]}""", "", 0)]
    [InlineData("""{"items":[1,null,"x",[2]]}""", "", 4)]
    [InlineData("{}", "", 0)]
    public async Task Fields_in_any_order_and_of_any_type(string page, string version, int count)
    {
        (ListMeta meta, List<string> items) = await ReadAsync(page, chunk: 3);
        Assert.Equal(new ListMeta("", version), meta);
        Assert.Equal(count, items.Count);
    }

    [Fact]
    public async Task A_page_that_is_cut_off_anywhere_is_no_page()
    {
        for (int length = 0; length < Page.Length; length++)
            await Assert.ThrowsAnyAsync<JsonException>(() => ReadAsync(Page[..length], chunk: 64));
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("7")]
    [InlineData("<html>")]
    [InlineData("{}{}")]
    public Task What_is_no_object_is_no_page(string page) => Assert.ThrowsAnyAsync<JsonException>(() => ReadAsync(page, chunk: 64));

    [Fact]
    public async Task Items_larger_than_the_buffer_come_whole()
    {
        string large = new('x', 100_000);
        (_, List<string> items) = await ReadAsync($$"""{"items":["{{large}}",{"a":"{{large}}"}]}""", chunk: 1000);
        Assert.Equal(2, items.Count);
        Assert.Equal($$"""{"a":"{{large}}"}""", items[1]);
    }

    private static async Task<(ListMeta Meta, List<string> Items)> ReadAsync(string page, int chunk)
    {
        List<string> items = [];
        using Chunks stream = new(Encoding.UTF8.GetBytes(page), chunk);
        ListMeta meta = (await ListReader.ReadAsync(stream, _ => true, item => items.Add(item.GetRawText()), default))!;
        return (meta, items);
    }

    /// <summary>Gives at most so many octets at a time, as a network does.</summary>
    private sealed class Chunks(byte[] content, int size) : MemoryStream(content)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(size, buffer.Length)], cancellationToken);
    }
}

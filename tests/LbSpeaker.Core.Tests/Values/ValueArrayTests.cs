using LbSpeaker.Core.Values;

namespace LbSpeaker.Core.Tests.Values;

public sealed class ValueArrayTests
{
    private sealed record Holder(ValueArray<string> Names);

    [Fact]
    public void Records_that_hold_equal_lists_are_equal()
    {
        Holder one = new(["a", "b"]), other = new(new List<string> { "a", "b" }.ToValueArray());
        Assert.Equal(one, other);
        Assert.Equal(one.GetHashCode(), other.GetHashCode());
        Assert.NotEqual(one, new Holder(["b", "a"]));
        Assert.NotEqual(one, new Holder(["a"]));
    }

    [Fact]
    public void The_empty_list_is_the_default_one()
    {
        Assert.Equal(default, ValueArray.Create<string>([]));
        Assert.Equal(new Holder([]), new Holder(default));
        Assert.Equal(default(ValueArray<string>).GetHashCode(), Enumerable.Empty<string>().ToValueArray().GetHashCode());
    }

    [Fact]
    public void A_copy_does_not_follow_its_source()
    {
        string[] source = ["a"];
        ValueArray<string> copy = ValueArray.Create<string>(source);
        source[0] = "b";
        Assert.Equal("a", copy[0]);
    }

    [Fact]
    public void Label_sets_compare_by_content_and_not_by_order()
    {
        LabelSet one = LabelSet.From([new("a", "1"), new("b", "2")]), other = LabelSet.From([new("b", "2"), new("a", "1")]);
        Assert.Equal(one, other);
        Assert.Equal("a=1,b=2", other.ToString());
        Assert.Null(one["c"]);
    }
}

using CsCheck;
using LbSpeaker.Bgp.Wire;

namespace LbSpeaker.Bgp.Tests.Wire;

/// <summary>What is encoded decodes to the same value.</summary>
public sealed class CodecLaws
{
    [Fact]
    public void An_open_comes_back_as_it_was() => Generators.Open.Sample(open => ComesBack(open, CodecOptions.Default), iter: 2_000);

    [Fact]
    public void An_update_comes_back_as_it_was() =>
        Generators.Options.SelectMany(options => Generators.Update(options).Select(update => (update, options))).Sample(c => ComesBack(c.update, c.options), iter: 2_000);

    [Fact]
    public void Every_other_message_comes_back_as_it_was() => Gen.Select(Generators.Other, Generators.Options).Sample(ComesBack, iter: 2_000);

    private static void ComesBack(BgpMessage message, CodecOptions options)
    {
        byte[] buffer = new byte[BgpMessage.MaxLength];
        byte[] octets = buffer[..message.Encode(buffer, options)];
        DecodeResult result = HexCase.Take(octets, options).Result;
        Assert.Null(result.Error);
        Assert.Empty(result.Findings);
        Assert.Equal(message, result.Message);
        Assert.Equal(message.GetHashCode(), result.Message!.GetHashCode());
        Assert.Equal(message.ToString(), result.Message.ToString());
        Assert.DoesNotContain('\n', message.ToString());
    }
}

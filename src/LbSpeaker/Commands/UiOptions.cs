using System.CommandLine;
using System.Globalization;
using System.Net;

namespace LbSpeaker.Commands;

/// <summary>Where a page is served: an address and a port, loopback unless another is named.</summary>
internal sealed class UiOptions
{
    /// <summary>The port where none is named.</summary>
    public const int Port = 9122;

    private readonly Option<bool> serves = new("--ui")
    {
        Description = $"Serve a read-only page that shows what the leading controller sees, at 127.0.0.1:{Port} (kubectl port-forward reaches it).",
    };

    private readonly Option<string?> listen = Listen("--ui-listen", "The same at this ADDRESS:PORT. Nobody is asked who he is, and nothing is encrypted: put what does both before anything but loopback.");

    /// <summary>An option whose value <see cref="Parse"/> reads.</summary>
    public static Option<string?> Listen(string name, string description)
    {
        Option<string?> option = new(name) { Description = description, HelpName = "ADDRESS:PORT" };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && Parse(result.Tokens[0].Value) is null)
                result.AddError($"{name} takes an IP address and a port, such as 127.0.0.1:{Port} or [::1]:{Port}, not '{result.Tokens[0].Value}'");
        });
        return option;
    }

    /// <returns>Null for what is no IP address with a port.</returns>
    public static IPEndPoint? Parse(string text)
    {
        int colon = text.LastIndexOf(':');
        if (colon <= 0 || !ushort.TryParse(text[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out ushort port)) return null;
        string address = text[..colon];
        bool isBracketed = address is ['[', .., ']'];
        return IPAddress.TryParse(isBracketed ? address[1..^1] : address, out IPAddress? parsed) && isBracketed == (parsed.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6)
            && (isBracketed || address.Count(c => c == '.') == 3) ? new(parsed, port) : null;
    }

    public void AddTo(Command command)
    {
        command.Add(serves);
        command.Add(listen);
    }

    /// <returns>Null where no page is wanted.</returns>
    public IPEndPoint? Read(ParseResult parsed) =>
        parsed.GetValue(listen) is { } address ? Parse(address) : parsed.GetValue(serves) ? new(IPAddress.Loopback, Port) : null;
}

using System.Security.Cryptography;
using System.Text;

namespace LbSpeaker.Kubernetes.Resources;

/// <summary>Names made to fit where the API allows less than a name may be long.</summary>
internal static class LabelValue
{
    /// <summary>Kubernetes, "Labels and Selectors": at most 63 characters.</summary>
    private const int Longest = 63;

    /// <summary>The name itself where it fits, else its beginning and a hash of the whole.</summary>
    public static string Of(string name) => name.Length <= Longest ? name : $"{name[..(Longest - 9)].TrimEnd('.', '-', '_')}-{Hash(name, 8)}";

    /// <summary>The first hexadecimal digits of the text's SHA-256.</summary>
    public static string Hash(string text, int digits) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..digits];
}

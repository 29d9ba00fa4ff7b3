using Microsoft.Extensions.Logging;

namespace LbSpeaker.Http;

/// <summary>Everything that serving logs; event ids 5000 to 5019.</summary>
internal static partial class Log
{
    [LoggerMessage(5000, LogLevel.Information, "metrics are served with the certificate of {Folder}")]
    public static partial void CertificateTaken(this ILogger logger, string folder);

    [LoggerMessage(5001, LogLevel.Warning, "the certificate in {Folder} cannot be used, and the last one goes on: {Fault}")]
    public static partial void CertificateNotTaken(this ILogger logger, string folder, string fault);
}

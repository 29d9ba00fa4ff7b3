namespace LbSpeaker;

/// <summary>The process cannot start or go on as asked. The message is one line that names the cure; the exit code is 2.</summary>
public sealed class StartException(string message) : Exception(message);

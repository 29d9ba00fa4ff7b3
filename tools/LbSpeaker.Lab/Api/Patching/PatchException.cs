namespace LbSpeaker.Lab.Api.Patching;

/// <summary>The patch cannot be applied: its form is wrong, a path is missing or a test failed.</summary>
public sealed class PatchException(string message) : Exception(message);

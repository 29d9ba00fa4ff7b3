using System.Text.Json.Nodes;
using LbSpeaker.Lab.Api.Schema;

namespace LbSpeaker.Lab.Api.Strategies;

/// <summary>
/// What is particular to a kind when it is written. Objects are in the stored shape; the general part (metadata, status subresource,
/// conflicts, managed fields) is the writer's. A strategy may change the object it is given.
/// </summary>
internal class Strategy
{
    /// <summary>Whether a name is a label (no dots) rather than a subdomain.</summary>
    public virtual NameForm Names => NameForm.Subdomain;

    /// <summary>Whether a create may bring a status along (nodes register so).</summary>
    public virtual bool KeepsStatusOnCreate => false;

    public virtual void Default(JsonObject obj) { }

    public virtual void PrepareCreate(JsonObject obj, WriteContext context) { }

    /// <summary>Of the main resource; <paramref name="obj"/> already has the live status.</summary>
    public virtual void PrepareUpdate(JsonObject obj, JsonObject live, WriteContext context) { }

    public virtual void Validate(JsonObject obj, JsonObject? live, WriteContext context, List<FieldError> errors) { }

    public virtual void ValidateStatus(JsonObject obj, JsonObject live, List<FieldError> errors) { }

    /// <summary>Takes what the object needs from the server (addresses, ports) once it is known to be valid.</summary>
    public virtual void Allocate(JsonObject obj, JsonObject? live, WriteContext context, List<FieldError> errors) { }

    /// <summary>After the object is stored; on the writer's thread.</summary>
    public virtual void Stored(JsonObject obj, WriteContext context) { }

    /// <summary>After the object is gone.</summary>
    public virtual void Removed(JsonObject obj, WriteContext context) { }

    /// <summary>Refuses a deletion by throwing.</summary>
    public virtual void CheckDelete(JsonObject obj, WriteContext context) { }
}

internal enum NameForm { Subdomain, Label, PathSegment }

/// <param name="Server">The parts strategies reach for.</param>
/// <param name="Via">The API group the request came by.</param>
/// <param name="DryRun">Nothing may be kept.</param>
internal sealed record WriteContext(ServerParts Server, string Via, bool DryRun)
{
    public DateTimeOffset Now => Server.Time.GetUtcNow();
}

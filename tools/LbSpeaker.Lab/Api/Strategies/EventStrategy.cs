using System.Text.Json.Nodes;
using LbSpeaker.Lab.Api.Schema;

namespace LbSpeaker.Lab.Api.Strategies;

/// <summary>Events of both groups: the stricter rules hold for those that come by events.k8s.io.</summary>
internal sealed class EventStrategy : Strategy
{
    public static readonly string[] CoreFields =
    [
        "involvedObject.kind", "involvedObject.namespace", "involvedObject.name", "involvedObject.uid", "involvedObject.apiVersion",
        "involvedObject.resourceVersion", "involvedObject.fieldPath", "reason", "reportingComponent", "source=source.component", "type",
    ];

    public static readonly string[] EventsV1Fields =
    [
        "regarding.kind=involvedObject.kind", "regarding.namespace=involvedObject.namespace", "regarding.name=involvedObject.name",
        "regarding.uid=involvedObject.uid", "regarding.apiVersion=involvedObject.apiVersion",
        "regarding.resourceVersion=involvedObject.resourceVersion", "regarding.fieldPath=involvedObject.fieldPath", "reason",
        "reportingController=reportingComponent", "type",
    ];

    private static readonly string[] Immutable = ["involvedObject", "reason", "message", "source", "firstTimestamp", "lastTimestamp", "count", "type", "eventTime", "action", "related", "reportingComponent", "reportingInstance"];

    public override void Validate(JsonObject obj, JsonObject? live, WriteContext context, List<FieldError> errors)
    {
        var regarding = obj.Child("involvedObject");
        var ns = obj.Child("metadata").Text("namespace") ?? "";
        var about = regarding.Text("namespace") ?? "";
        if (about.Length == 0 ? ns is not ("default" or "kube-system") : about != ns)
            errors.Add(Errors.Invalid("involvedObject.namespace", about, "does not match event.namespace"));
        var viaEventsV1 = context.Via == "events.k8s.io";
        if (obj.Text("eventTime") is null && !viaEventsV1) return;
        if (live is not null)
        {
            if (!viaEventsV1) return;
            foreach (var field in Immutable)
                if (!JsonNode.DeepEquals(obj[field], live[field])) errors.Add(Errors.InvalidJson(field, obj[field], "field is immutable"));
            return;
        }
        if (obj.Text("eventTime") is null) { errors.Add(Errors.Required("eventTime")); return; }
        if (obj.Text("reportingComponent") is null or "") errors.Add(Errors.Required("reportingController"));
        if (obj.Text("reportingInstance") is null or "") errors.Add(Errors.Required("reportingInstance"));
        if (obj.Text("action") is null or "") errors.Add(Errors.Required("action"));
        if (obj.Text("reason") is null or "") errors.Add(Errors.Required("reason"));
        if (obj.Text("type") is not ("Normal" or "Warning"))
            errors.Add(Errors.Invalid("type", "", $"has invalid value: {obj.Text("type")}"));
    }
}

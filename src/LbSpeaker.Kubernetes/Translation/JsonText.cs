using System.Text.Json;
using System.Text.Json.Serialization;

namespace LbSpeaker.Kubernetes.Translation;

/// <summary>Source-generated so that native compilation needs no reflection: a JSON value as compact text.</summary>
[JsonSerializable(typeof(JsonElement))]
internal sealed partial class JsonText : JsonSerializerContext;

using System.Text.Json.Nodes;
using LbSpeaker.Lab.Api.Cel;

namespace LbSpeaker.Lab.Api.Schema;

/// <summary>An entry of x-kubernetes-validations, compiled.</summary>
internal sealed record ValidationRule(
    CelProgram Program, string Rule, string? Message, CelProgram? MessageExpression, string Reason, string FieldPath)
{
    private static readonly HashSet<string> Known = ["rule", "message", "messageExpression", "reason", "fieldPath"];

    public static ValidationRule Parse(JsonObject rule, string path)
    {
        foreach (var name in rule.Select(member => member.Key))
        {
            if (!Known.Contains(name))
                throw new SchemaException($"{path}.{name}", "is not supported");
        }
        if ((string?)rule["rule"] is not { } text || string.IsNullOrWhiteSpace(text))
            throw new SchemaException($"{path}.rule", "Required value: rule is not specified");
        var reason = (string?)rule["reason"] ?? "FieldValueInvalid";
        if (reason is not ("FieldValueInvalid" or "FieldValueForbidden" or "FieldValueRequired" or "FieldValueDuplicate"))
            throw new SchemaException($"{path}.reason", $"Unsupported value: \"{reason}\"");
        var messageExpression = (string?)rule["messageExpression"];
        return new ValidationRule(
            Compile(text, $"{path}.rule"),
            text.Trim(),
            ((string?)rule["message"])?.Trim(),
            messageExpression is null ? null : Compile(messageExpression, $"{path}.messageExpression"),
            reason,
            (string?)rule["fieldPath"] ?? "");
    }

    private static CelProgram Compile(string expression, string path)
    {
        try
        {
            return CelProgram.Compile(expression);
        }
        catch (CelException e)
        {
            throw new SchemaException(path, $"compilation failed: {e.Message}");
        }
    }

    /// <summary>The error of a value that fails the rule; null when it holds.</summary>
    public FieldError? Check(string path, object? self, object? oldSelf)
    {
        try
        {
            return Program.Run(self, oldSelf) is true ? null : Failure(path, self, oldSelf);
        }
        catch (CelEvaluationException e)
        {
            var name = string.IsNullOrEmpty(Message) ? Rule : Message;
            var detail = e.Message.StartsWith("no such overload", StringComparison.Ordinal)
                ? $"'{e.Message}': call arguments did not match a supported operator, function or macro signature for rule: {name}"
                : $"{e.Message} evaluating rule: {name}";
            return new FieldError("FieldValueInvalid", FieldOf(path), $"Invalid value: {detail}");
        }
    }

    private FieldError Failure(string path, object? self, object? oldSelf)
    {
        var detail = ExpressedMessage(self, oldSelf) ?? (string.IsNullOrEmpty(Message) ? $"failed rule: {Rule}" : Message);
        var field = FieldOf(path + FieldPath);
        return Reason switch
        {
            "FieldValueForbidden" => new FieldError(Reason, field, $"Forbidden: {detail}"),
            "FieldValueRequired" => new FieldError(Reason, field, $"Required value: {detail}"),
            "FieldValueDuplicate" => new FieldError(Reason, field, $"Duplicate value: {detail}"),
            _ => new FieldError(Reason, field, $"Invalid value: {detail}"),
        };
    }

    // Kubernetes falls back to the plain message where the expression fails or gives no line of text.
    private string? ExpressedMessage(object? self, object? oldSelf)
    {
        try
        {
            return MessageExpression?.Run(self, oldSelf) is string text && !string.IsNullOrWhiteSpace(text) && !text.Contains('\n', StringComparison.Ordinal)
                ? text.Trim()
                : null;
        }
        catch (CelEvaluationException)
        {
            return null;
        }
    }

    private static string FieldOf(string path) => path.TrimStart('.') is { Length: > 0 } field ? field : FieldError.NoField;
}

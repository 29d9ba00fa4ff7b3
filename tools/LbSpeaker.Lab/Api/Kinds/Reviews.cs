namespace LbSpeaker.Lab.Api.Kinds;

/// <summary>Kinds that are asked and answered and never stored.</summary>
internal sealed record Review(string Group, string Kind, string Plural, bool Namespaced);

internal static class Reviews
{
    public static readonly IReadOnlyList<Review> All =
    [
        new("authentication.k8s.io", "SelfSubjectReview", "selfsubjectreviews", false),
        new("authentication.k8s.io", "TokenReview", "tokenreviews", false),
        new("authorization.k8s.io", "LocalSubjectAccessReview", "localsubjectaccessreviews", true),
        new("authorization.k8s.io", "SelfSubjectAccessReview", "selfsubjectaccessreviews", false),
        new("authorization.k8s.io", "SelfSubjectRulesReview", "selfsubjectrulesreviews", false),
        new("authorization.k8s.io", "SubjectAccessReview", "subjectaccessreviews", false),
    ];

    public static bool IsGroupVersion(string group, string version) => version == "v1" && All.Any(r => r.Group == group);

    public static Review? Find(string group, string version, string plural) => version == "v1" ? All.FirstOrDefault(r => r.Group == group && r.Plural == plural) : null;
}

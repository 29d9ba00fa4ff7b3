using LbSpeaker.Kubernetes.Client;
using LbSpeaker.Kubernetes.Tests.Fakes;
using Microsoft.Extensions.Time.Testing;

namespace LbSpeaker.Kubernetes.Tests.Client;

/// <summary>TokenReview and SubjectAccessReview: what is asked, and what is made of each answer. The answers are those of a real server.</summary>
public sealed class AccessReviewsTests : IDisposable
{
    private const string Known = """
        {"kind":"TokenReview","apiVersion":"authentication.k8s.io/v1","spec":{"token":"t"},"status":{"authenticated":true,"user":{"username":"system:serviceaccount:demo:prometheus","uid":"u-1",
        "groups":["system:serviceaccounts","system:authenticated"],"extra":{"authentication.kubernetes.io/credential-id":["JTI=1"]}},"audiences":["https://kubernetes.default.svc.cluster.local"]}}
        """;

    private readonly ScriptedServer server = new();

    public void Dispose() => server.Dispose();

    [Theory]
    [InlineData("""{"kind":"TokenReview","status":{"user":{},"error":"invalid bearer token"}}""", null, AccessVerdict.Unknown, "")]
    [InlineData("""{"kind":"TokenReview","status":{"authenticated":true}}""", null, AccessVerdict.Undecided, "the TokenReview names no user")]
    [InlineData("""{"kind":"TokenReview"}""", null, AccessVerdict.Undecided, "the answer is no review")]
    [InlineData("<html>", null, AccessVerdict.Undecided, "the answer is no review")]
    [InlineData(Known, """{"kind":"SubjectAccessReview","status":{"allowed":true,"reason":"RBAC: allowed"}}""", AccessVerdict.Allowed, "")]
    [InlineData(Known, """{"kind":"SubjectAccessReview","status":{"allowed":false}}""", AccessVerdict.Forbidden, "system:serviceaccount:demo:prometheus")]
    [InlineData(Known, """{"kind":"SubjectAccessReview","status":{"allowed":"true"}}""", AccessVerdict.Forbidden, "system:serviceaccount:demo:prometheus")]
    [InlineData(Known, """[1]""", AccessVerdict.Undecided, "the answer is no review")]
    public async Task Each_answer_is_a_verdict(string tokenReview, string? accessReview, AccessVerdict verdict, string detail)
    {
        Task<AccessReview> asking = ReviewAsync();
        SeenRequest token = await server.AnswerAsync(ScriptedServer.Json(tokenReview, System.Net.HttpStatusCode.Created));
        Assert.Equal(("POST", "apis/authentication.k8s.io/v1/tokenreviews"), (token.Method, token.Path));
        Assert.Equal("""{"apiVersion":"authentication.k8s.io/v1","kind":"TokenReview","spec":{"token":"t"}}""", token.Body);
        if (accessReview is not null)
        {
            SeenRequest access = await server.AnswerAsync(ScriptedServer.Json(accessReview, System.Net.HttpStatusCode.Created));
            Assert.Equal(("POST", "apis/authorization.k8s.io/v1/subjectaccessreviews"), (access.Method, access.Path));
            Assert.Equal("""
                {"apiVersion":"authorization.k8s.io/v1","kind":"SubjectAccessReview","spec":{"user":"system:serviceaccount:demo:prometheus","uid":"u-1","groups":["system:serviceaccounts","system:authenticated"],"extra":{"authentication.kubernetes.io/credential-id":["JTI=1"]},"nonResourceAttributes":{"path":"/metrics","verb":"get"}}}
                """, access.Body);
        }
        Assert.Equal(new AccessReview(verdict, detail), await asking);
    }

    [Fact]
    public async Task Whose_answer_does_not_come_is_undecided()
    {
        Task<AccessReview> asking = ReviewAsync();
        await server.FailAsync();
        Assert.Equal(new AccessReview(AccessVerdict.Undecided, "connection refused"), await asking);
        asking = ReviewAsync();
        await server.AnswerAsync(ScriptedServer.Status(403, "no"));
        Assert.Equal(new AccessReview(AccessVerdict.Undecided, "HTTP 403: no"), await asking);
        asking = ReviewAsync();
        await server.AnswerAsync(ScriptedServer.Json(Known));
        await server.FailAsync();
        Assert.Equal(AccessVerdict.Undecided, (await asking).Verdict);
    }

    private Task<AccessReview> ReviewAsync() => new AccessReviews(server.NewApi(new FakeTimeProvider())).ReviewAsync("t", "/metrics", default);
}

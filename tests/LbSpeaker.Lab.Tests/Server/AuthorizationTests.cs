using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using LbSpeaker.Lab.Api;
using LbSpeaker.Lab.Api.Http;

namespace LbSpeaker.Lab.Tests.Server;

/// <summary>Roles on a server that enforces them: each row is a rule, a request of a service account, and whether it goes through.</summary>
public sealed class AuthorizationTests : IAsyncLifetime
{
    private const string Account = "system:serviceaccount:demo:worker";

    private ApiServer server = null!;
    private HttpClient admin = null!, worker = null!;

    public async Task InitializeAsync()
    {
        server = await ApiServer.StartAsync(new() { Rbac = true, Tokens = new Dictionary<string, string> { ["boss"] = "boss", ["worker"] = Account } }, CancellationToken.None);
        (admin, worker) = (Client("boss"), Client("worker"));
        await OkAsync("api/v1/namespaces", "{apiVersion: v1, kind: Namespace, metadata: {name: demo}}");
    }

    public async Task DisposeAsync()
    {
        admin.Dispose();
        worker.Dispose();
        await server.DisposeAsync();
    }

    [Theory]
    [InlineData("{apiGroups: [''], resources: [configmaps], verbs: [list]}", "GET", "configmaps", true)]
    [InlineData("{apiGroups: [''], resources: [configmaps], verbs: [list]}", "GET", "configmaps?watch=true&timeoutSeconds=1", false)]
    [InlineData("{apiGroups: [''], resources: [configmaps], verbs: [watch]}", "GET", "configmaps?watch=true&timeoutSeconds=1", true)]
    [InlineData("{apiGroups: [''], resources: [configmaps], verbs: [list]}", "GET", "configmaps/one", false)]
    [InlineData("{apiGroups: [''], resources: [configmaps], resourceNames: [one], verbs: [get]}", "GET", "configmaps/one", true)]
    [InlineData("{apiGroups: [''], resources: [configmaps], resourceNames: [one], verbs: [get]}", "GET", "configmaps/other", false)]
    [InlineData("{apiGroups: [''], resources: [configmaps], resourceNames: [one], verbs: [list]}", "GET", "configmaps", false)]
    [InlineData("{apiGroups: [''], resources: [configmaps], resourceNames: [one], verbs: [list]}", "GET", "configmaps?fieldSelector=metadata.name%3Done", true)]
    [InlineData("{apiGroups: [''], resources: [configmaps], resourceNames: [made], verbs: [create]}", "POST", "configmaps", false)]
    [InlineData("{apiGroups: [''], resources: [configmaps], verbs: [create]}", "POST", "configmaps", true)]
    [InlineData("{apiGroups: [apps], resources: [configmaps], verbs: [list]}", "GET", "configmaps", false)]
    [InlineData("{apiGroups: ['*'], resources: ['*'], verbs: ['*']}", "DELETE", "configmaps/one", true)]
    [InlineData("{apiGroups: [''], resources: [services], verbs: [patch]}", "PATCH", "services/one/status", false)]
    [InlineData("{apiGroups: [''], resources: ['*/status'], verbs: [patch]}", "PATCH", "services/one/status", true)]
    public async Task A_request_goes_through_where_a_rule_allows_it(string rule, string method, string path, bool goesThrough)
    {
        await OkAsync("api/v1/namespaces/demo/configmaps", "{apiVersion: v1, kind: ConfigMap, metadata: {name: one}}");
        await OkAsync("api/v1/namespaces/demo/services", "{apiVersion: v1, kind: Service, metadata: {name: one}, spec: {ports: [{port: 80}]}}");
        await BindAsync("Role", rule, "demo");
        Assert.Equal(goesThrough, await StatusAsync(method, "api/v1/namespaces/demo/" + path) != HttpStatusCode.Forbidden);
        // Not in another namespace, nor in all of them.
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync("GET", "api/v1/namespaces/default/configmaps"));
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync("GET", "api/v1/configmaps"));
    }

    [Theory]
    [InlineData("ClusterRole", "", HttpStatusCode.OK)]
    [InlineData("ClusterRole", "demo", HttpStatusCode.Forbidden)]
    public async Task A_cluster_role_holds_as_far_as_its_binding(string kind, string ns, HttpStatusCode everywhere)
    {
        await BindAsync(kind, "{apiGroups: [''], resources: [configmaps], verbs: [list]}", ns);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync("GET", "api/v1/namespaces/demo/configmaps"));
        Assert.Equal(everywhere, await StatusAsync("GET", "api/v1/configmaps"));
    }

    [Fact]
    public async Task A_refusal_says_who_may_not_do_what_and_everybody_may_look_around()
    {
        JsonNode refused = JsonNode.Parse(await (await worker.GetAsync(new Uri("apis/coordination.k8s.io/v1/namespaces/demo/leases/one", UriKind.Relative))).Content.ReadAsStringAsync())!;
        Assert.Equal($"leases.coordination.k8s.io \"one\" is forbidden: User \"{Account}\" cannot get resource \"leases\" in API group \"coordination.k8s.io\" in the namespace \"demo\"", refused["message"]!.GetValue<string>());
        Assert.Equal(403, refused["code"]!.GetValue<int>());
        foreach (string open in (string[])["version", "apis", "api/v1", "apis/apps/v1", "openapi/v3"]) Assert.Equal(HttpStatusCode.OK, await StatusAsync("GET", open));
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync("GET", "metrics"));
    }

    [Fact]
    public async Task Reviews_answer_as_requests_are_judged()
    {
        await BindAsync("Role", "{apiGroups: [''], resources: [configmaps], verbs: [list]}", "demo");
        Assert.Equal("True", await ReviewAsync(worker, "selfsubjectaccessreviews", "SelfSubjectAccessReview", "{resourceAttributes: {verb: list, resource: configmaps, namespace: demo}}", "allowed"));
        Assert.Equal("False", await ReviewAsync(worker, "selfsubjectaccessreviews", "SelfSubjectAccessReview", "{resourceAttributes: {verb: delete, resource: configmaps, namespace: demo}}", "allowed"));
        Assert.Equal("False", await ReviewAsync(admin, "subjectaccessreviews", "SubjectAccessReview", $"{{user: '{Account}', nonResourceAttributes: {{verb: get, path: /metrics}}}}", "allowed"));
        Assert.Equal("True", await ReviewAsync(admin, "subjectaccessreviews", "SubjectAccessReview", "{user: boss, nonResourceAttributes: {verb: get, path: /metrics}}", "allowed"));
        // To ask about others takes leave.
        Assert.Equal(HttpStatusCode.Forbidden, (await PostAsync(worker, "apis/authorization.k8s.io/v1/subjectaccessreviews", "{apiVersion: authorization.k8s.io/v1, kind: SubjectAccessReview, spec: {user: boss, nonResourceAttributes: {verb: get, path: /}}}")).StatusCode);
    }

    private static async Task<string> ReviewAsync(HttpClient client, string plural, string kind, string spec, string field)
    {
        HttpResponseMessage response = await PostAsync(client, $"apis/authorization.k8s.io/v1/{plural}", $"{{apiVersion: authorization.k8s.io/v1, kind: {kind}, spec: {spec}}}");
        return JsonNode.Parse(await response.Content.ReadAsStringAsync())!["status"]![field]!.GetValue<bool>().ToString();
    }

    private async Task BindAsync(string kind, string rule, string ns)
    {
        string roles = "apis/rbac.authorization.k8s.io/v1/", where = ns.Length == 0 ? roles : $"{roles}namespaces/{ns}/", binding = ns.Length == 0 ? "ClusterRoleBinding" : "RoleBinding";
        await OkAsync((kind == "Role" ? where : roles) + kind.ToLowerInvariant() + "s", $"{{apiVersion: rbac.authorization.k8s.io/v1, kind: {kind}, metadata: {{name: r}}, rules: [{rule}]}}");
        await OkAsync(where + binding.ToLowerInvariant() + "s", $$"""
            {apiVersion: rbac.authorization.k8s.io/v1, kind: {{binding}}, metadata: {name: b}, roleRef: {apiGroup: rbac.authorization.k8s.io, kind: {{kind}}, name: r}, subjects: [{kind: ServiceAccount, name: worker, namespace: demo}]}
            """);
    }

    private async Task OkAsync(string path, string body)
    {
        using HttpResponseMessage response = await PostAsync(admin, path, body);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
    }

    private static Task<HttpResponseMessage> PostAsync(HttpClient client, string path, string body) =>
        client.PostAsync(new Uri(path, UriKind.Relative), new StringContent(Yaml.Parse(body)!.ToJsonString(), Encoding.UTF8, "application/json"));

    private async Task<HttpStatusCode> StatusAsync(string method, string path)
    {
        using HttpRequestMessage request = new(new HttpMethod(method), path);
        if (method == "POST") request.Content = new StringContent("""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"made"}}""", Encoding.UTF8, "application/json");
        if (method == "PATCH") request.Content = new StringContent("{}", Encoding.UTF8, "application/merge-patch+json");
        using HttpResponseMessage response = await worker.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        return response.StatusCode;
    }

    private HttpClient Client(string token) => new() { BaseAddress = server.BaseAddress, DefaultRequestHeaders = { Authorization = new("Bearer", token) } };
}

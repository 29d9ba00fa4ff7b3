using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using k8s.Authentication;
using LbSpeaker.Kubernetes.Directory;
using LbSpeaker.Kubernetes.Translation;

namespace LbSpeaker.Kubernetes.Client;

/// <summary>
/// Kubeconfig files, read as kubectl reads them: of several the first that names an entry has it, and paths count from the file that they stand in. The
/// package reads them by reflection, which a native image does not have.
/// </summary>
internal sealed class Kubeconfig
{
    /// <summary>What changes who we are or how we get there; to pass over it would be worse than to refuse it.</summary>
    private static readonly string[] RefusedOfCluster = ["proxy-url"], RefusedOfUser = ["as", "as-uid", "as-groups", "as-user-extra", "auth-provider"];

    private readonly ShapeFaults faults = new(refusesUnknownFields: false, hidesValues: true);
    private readonly Dictionary<string, Entry> contexts = new(StringComparer.Ordinal), clusters = new(StringComparer.Ordinal), users = new(StringComparer.Ordinal);
    private string? current;

    private Kubeconfig() { }

    /// <param name="chosen">The context that counts; null for the one that the files call the current one.</param>
    /// <exception cref="InvalidDataException">The files say nothing that can be used; the message is one line.</exception>
    /// <exception cref="UnreadableInputException">A file is no YAML.</exception>
    /// <exception cref="IOException">A file, or one that it names, cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">As above.</exception>
    /// <exception cref="CryptographicException">A certificate or key is none.</exception>
    public static ClusterAccess Read(IEnumerable<string> paths, string? chosen = null)
    {
        Kubeconfig config = new();
        foreach (string path in paths)
            foreach (YamlNode document in YamlReader.Read(path, File.ReadAllText(path)))
                config.TakeIn(ShapeReader.Of(new YamlToJson(path).Convert(document), config.faults), Path.GetDirectoryName(Path.GetFullPath(path))!);
        return config.Access(chosen);
    }

    private void TakeIn(ShapeReader root, string folder)
    {
        current ??= root.Text("current-context") is { Length: > 0 } name ? name : null;
        Gather(contexts, root, "contexts", "context", folder);
        Gather(clusters, root, "clusters", "cluster", folder);
        Gather(users, root, "users", "user", folder);
    }

    private static void Gather(Dictionary<string, Entry> into, ShapeReader root, string list, string field, string folder)
    {
        foreach (ShapeReader item in root.Objects(list))
            if (item.Text("name") is { Length: > 0 } name) into.TryAdd(name, new($"{field} {name}", item.Object(field), folder));
    }

    private ClusterAccess Access(string? chosen)
    {
        Entry context = Find(contexts, "context", chosen ?? current ?? throw new InvalidDataException("it has no current-context"));
        Entry cluster = Find(clusters, "cluster", context.Text("cluster") ?? throw new InvalidDataException($"{context.Title} names no cluster"));
        Entry? user = context.Text("user") is { } name ? Find(users, "user", name) : null;
        cluster.Refuse(RefusedOfCluster);
        user?.Refuse(RefusedOfUser);

        Uri server = ServerOf(cluster);
        SslClientAuthenticationOptions tls = cluster.Fields.Flag("insecure-skip-tls-verify") == true ? ServerTrust.Blind() : ServerTrust.By(AuthoritiesOf(cluster));
        ServiceClientCredentials? credentials = user is null ? null : LetIn(user, cluster, server, tls);
        if (faults.ToValues() is { IsEmpty: false } wrong) throw new InvalidDataException(string.Join("; ", wrong.AsSpan()!));
        return new(server, cluster.Text("tls-server-name"), tls, credentials) { Namespace = context.Text("namespace"), TokenFile = user?.TokenFile };
    }

    private static Entry Find(Dictionary<string, Entry> entries, string kind, string name) =>
        entries.GetValueOrDefault(name) ?? throw new InvalidDataException(
            $"there is no {kind} named {name}; known: {(entries.Count == 0 ? "none" : string.Join(", ", entries.Keys.Order(StringComparer.Ordinal)))}");

    private static Uri ServerOf(Entry cluster)
    {
        string text = cluster.Text("server") ?? throw new InvalidDataException($"{cluster.Title} has no server");
        if (!Uri.TryCreate(text, UriKind.Absolute, out Uri? server) || server.Scheme is not ("https" or "http"))
            throw new InvalidDataException($"{cluster.Title}: expected a server such as https://192.0.2.1:6443, got {text}");
        // Request paths are relative, and a server behind a path keeps it only if that ends in a slash.
        return server.AbsoluteUri.EndsWith('/') ? server : new Uri(server.AbsoluteUri + "/");
    }

    private static X509Certificate2Collection? AuthoritiesOf(Entry cluster)
    {
        if (cluster.Pem("certificate-authority") is not { } pem) return null;
        X509Certificate2Collection authorities = [];
        authorities.ImportFromPem(pem);
        return authorities.Count > 0 ? authorities : throw new InvalidDataException($"{cluster.Title}: certificate-authority holds no certificate in PEM");
    }

    /// <summary>A token and a client certificate may be given together.</summary>
    private static ServiceClientCredentials? LetIn(Entry user, Entry cluster, Uri server, SslClientAuthenticationOptions tls)
    {
        if (user.Pem("client-certificate") is { } certificate && user.Pem("client-key") is { } key)
            tls.ClientCertificates = [X509Certificate2.CreateFromPem(certificate, key)];
        if (user.TokenFile is { } file) return new TokenCredentials(new TokenFile(file));
        if (user.Text("token") is { } token) return new TokenCredentials(token);
        if (user.Fields.Object("exec") is { Exists: true } exec)
        {
            ExecPlugin plugin = ExecPlugin.Start(exec, user.Folder, exec.Flag("provideClusterInfo") == true ? new(server.OriginalString, cluster.Text("tls-server-name"), cluster.Pem("certificate-authority")) : null);
            tls.LocalCertificateSelectionCallback = (_, _, _, _, _) => plugin.Certificate!;
            return new TokenCredentials(plugin);
        }
        return user.Text("username") is { } name ? new BasicAuthenticationCredentials { UserName = name, Password = user.Text("password") ?? "" } : null;
    }

    /// <param name="Title">What it is called in a message.</param>
    /// <param name="Folder">Of the file that it stands in.</param>
    private sealed record Entry(string Title, ShapeReader Fields, string Folder)
    {
        /// <summary>Null where absent or empty.</summary>
        public string? Text(string name) => Fields.Text(name) is { Length: > 0 } text ? text : null;

        /// <summary>Null where the user has none.</summary>
        public string? TokenFile => Text("tokenFile") is { } path ? PathOf(path) : null;

        public string PathOf(string path) => Path.Combine(Folder, path);

        /// <summary>PEM that stands in the kubeconfig as <c>name-data</c>, or else in the file that <c>name</c> says.</summary>
        public string? Pem(string name)
        {
            if (Text($"{name}-data") is { } data)
            {
                byte[] bytes = new byte[data.Length];
                return Convert.TryFromBase64String(data, bytes, out int length) ? Encoding.UTF8.GetString(bytes, 0, length) : throw new InvalidDataException($"{Title}: {name}-data is not Base64");
            }
            return Text(name) is { } path ? File.ReadAllText(PathOf(path)) : null;
        }

        public void Refuse(string[] fields)
        {
            foreach (string field in fields)
                if (Fields.Has(field)) throw new InvalidDataException($"{Title} asks for {field}, which is not supported here");
        }
    }
}

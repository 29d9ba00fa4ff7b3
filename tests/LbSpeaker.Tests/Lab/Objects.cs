namespace LbSpeaker.Tests.Lab;

/// <summary>Objects as people write them.</summary>
internal static class Objects
{
    public static string Pool(string name, string addresses, string more = "") => $$"""
        apiVersion: metallb.io/v1beta1
        kind: IPAddressPool
        metadata: {name: {{name}}, namespace: lbspeaker-system}
        spec:
          addresses: [{{addresses}}]
          {{more}}
        """;

    public static string Advertisement(string name, string spec = "{}") => $$"""
        apiVersion: metallb.io/v1beta1
        kind: L2Advertisement
        metadata: {name: {{name}}, namespace: lbspeaker-system}
        spec: {{spec}}
        """;

    public static string BgpAdvertisement(string name, string spec = "{}") => $$"""
        apiVersion: metallb.io/v1beta1
        kind: BGPAdvertisement
        metadata: {name: {{name}}, namespace: lbspeaker-system}
        spec: {{spec}}
        """;

    public static string BgpPeer(string name, string spec) => $$"""
        apiVersion: metallb.io/v1beta2
        kind: BGPPeer
        metadata: {name: {{name}}, namespace: lbspeaker-system}
        spec: { {{spec}} }
        """;

    public static string Service(string name, string metadata = "", string spec = "") => $$"""
        apiVersion: v1
        kind: Service
        metadata:
          name: {{name}}
          namespace: default
          {{metadata}}
        spec:
          type: LoadBalancer
          selector: {app: web}
          ports: [{port: 80}]
          {{spec}}
        """;

    /// <param name="address">Its InternalIP; empty for none.</param>
    public static string Node(string name, string address = "") => $$"""
        apiVersion: v1
        kind: Node
        metadata: {name: {{name}}, labels: {kubernetes.io/hostname: "{{name}}"} }
        status: {addresses: [{{(address.Length == 0 ? "" : $"{{type: InternalIP, address: {address}}}")}}] }
        """;

    /// <summary>One endpoint of the Service on each node.</summary>
    public static string Slice(string service, params string[] nodes) => $$"""
        apiVersion: discovery.k8s.io/v1
        kind: EndpointSlice
        metadata: {name: {{service}}-1, namespace: default, labels: {kubernetes.io/service-name: "{{service}}"} }
        addressType: IPv4
        endpoints: [{{string.Join(", ", nodes.Select(Endpoint))}}]
        """;

    public static string Pod(string name) => $$"""
        apiVersion: v1
        kind: Pod
        metadata: {name: {{name}}, namespace: lbspeaker-system}
        spec: {containers: [{name: main, image: lbspeaker}]}
        """;

    private static string Endpoint(string node, int index) => $"{{addresses: [198.51.100.{index + 1}], nodeName: {node}, conditions: {{ready: true}} }}";
}

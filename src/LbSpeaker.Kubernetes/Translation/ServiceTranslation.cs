using System.Text.Json;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;
using LbSpeaker.Kubernetes.Resources;

namespace LbSpeaker.Kubernetes.Translation;

/// <summary>v1 Service → <see cref="ServiceRecord"/>.</summary>
internal static class ServiceTranslation
{
    public static ServiceRecord Translate(JsonElement json, TranslationContext context)
    {
        ShapeFaults faults = context.NewFaults();
        ShapeReader root = ShapeReader.Of(json, faults);
        ShapeReader meta = root.Object("metadata"), spec = root.Object("spec"), status = root.Object("status");
        (ValueArray<IngressView> ingress, ValueArray<string?> modes) = Ingress(status.Object("loadBalancer"), context);

        ServiceView view = new(MetaTranslation.Key(meta, context))
        {
            Uid = meta.Text("uid") ?? "",
            Age = MetaTranslation.Age(meta, context),
            Annotations = meta.Labels("annotations", context.Strings, ServiceAnnotations.IsOurs),
            IsLoadBalancer = spec.Text("type") == "LoadBalancer",
            LoadBalancerClass = context.Strings.InternOrNull(spec.Text("loadBalancerClass")),
            Ingress = ingress,
            IsBeingDeleted = meta.Time("deletionTimestamp") is not null,
        };
        // Most Services of a cluster are of another type. What they select and expose decides nothing here, so it is not kept for them.
        if (view.IsLoadBalancer)
            view = view with
            {
                Labels = meta.Labels("labels", context.Strings),
                LoadBalancerIP = spec.Text("loadBalancerIP") is { Length: > 0 } requested ? requested : null,
                LocalTraffic = spec.Text("externalTrafficPolicy") == "Local",
                Selector = spec.Labels("selector", context.Strings),
                Ports = Ports(spec, context),
                FamilyPolicy = FamilyPolicy(spec),
                Families = Families(spec),
                ClusterIPs = ClusterIPs(spec),
            };
        ValueArray<ConditionRecord> conditions = ConditionTranslation.Read(status, context, ApiNames.ConditionPrefix);
        return new(view with { ShapeFaults = faults.ToValues() }, meta.Text("resourceVersion") ?? "", conditions, modes);
    }

    private static ValueArray<ServicePortView> Ports(ShapeReader spec, TranslationContext context)
    {
        List<ServicePortView> ports = [];
        foreach (ShapeReader port in spec.Objects("ports"))
            if (port.Int32("port") is { } number)
                ports.Add(new(context.Strings.Intern(port.Text("protocol") is { Length: > 0 } protocol ? protocol : "TCP"), number));
        return ports.ToValueArray();
    }

    private static IpFamilyPolicy? FamilyPolicy(ShapeReader spec)
    {
        switch (spec.Text("ipFamilyPolicy"))
        {
            case null or "": return null;
            case "SingleStack": return IpFamilyPolicy.SingleStack;
            case "PreferDualStack": return IpFamilyPolicy.PreferDualStack;
            case "RequireDualStack": return IpFamilyPolicy.RequireDualStack;
            default:
                spec.Fault("ipFamilyPolicy", "SingleStack, PreferDualStack or RequireDualStack");
                return null;
        }
    }

    private static ValueArray<IpFamily> Families(ShapeReader spec)
    {
        List<IpFamily> families = [];
        foreach (string family in spec.Texts("ipFamilies"))
            switch (family)
            {
                case "IPv4": families.Add(IpFamily.IPv4); break;
                case "IPv6": families.Add(IpFamily.IPv6); break;
                default: spec.Fault("ipFamilies", "a list of IPv4 and IPv6"); break;
            }
        return families.ToValueArray();
    }

    private static ValueArray<string> ClusterIPs(ShapeReader spec)
    {
        ValueArray<string> listed = spec.Texts("clusterIPs");
        string? single = spec.Text("clusterIP");
        IEnumerable<string> given = listed.IsEmpty && single is not null ? [single] : listed;
        return given.Where(ip => ip.Length > 0 && ip != "None").ToValueArray();
    }

    private static (ValueArray<IngressView> Ingress, ValueArray<string?> Modes) Ingress(ShapeReader loadBalancer, TranslationContext context)
    {
        List<IngressView> ingress = [];
        List<string?> modes = [];
        foreach (ShapeReader entry in loadBalancer.Objects("ingress"))
        {
            ingress.Add(new(entry.Text("ip") is { Length: > 0 } ip ? ip : null, entry.Text("hostname") is { Length: > 0 } hostname ? hostname : null));
            modes.Add(context.Strings.InternOrNull(entry.Text("ipMode")));
        }
        return (ingress.ToValueArray(), modes.ToValueArray());
    }
}

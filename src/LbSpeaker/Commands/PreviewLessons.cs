namespace LbSpeaker.Commands;

/// <summary>What <c>--help</c> of the preview verbs teaches behind their flags.</summary>
internal static class PreviewLessons
{
    public const string Plan = $"""
        Examples:
          lbspeaker plan --from samples/layer2-basic
          lbspeaker plan -f change.yaml                 what would this do to the cluster, before it is applied
          lbspeaker plan -f - --delete ipaddresspool/old --from DUMP <change.yaml
          lbspeaker plan --from DIR -o json | jq '.services[] | select(.decision == "Refuse") | .name, .message'
          kubectl get ipaddresspools,l2advertisements,services,endpointslices,nodes,namespaces -A -o yaml > DIR/now.yaml
                                                the cluster as it is: change the file, plan, and see what would move

        Decisions:
          Keep     holds exactly what its status says
          Assign   holds something new, or no longer all that it held
          Release  held addresses and has none now
          Refuse   has none and gets none
          NotOurs  not of type LoadBalancer, or of another class; nothing to clean up

        A change (-f, --delete) is planned as kubectl delete and kubectl apply would make it, and compared with the plan without it: addresses that Services would get, lose or change,
        addresses that would move to another node, routes that would be added, taken back or changed, problems that it would bring or cure. A dump for CI:
          kubectl get ipaddresspools,l2advertisements,bgpadvertisements,bgppeers,communities,bfdprofiles,servicel2statuses,nodestates,services,endpointslices,nodes,namespaces -A -o yaml

        {Directory}
        Exit code: 0 for a plan without problems, 1 with problems (faults that somebody wrote; an exhausted pool is none), 2 for wrong usage or
        unreadable input. Of a change: 3 where a Service loses or changes an address, else 1 where it brings problems, else 0.
        """;

    public const string Explain = $"""
        Examples:
          lbspeaker explain default/web                 in the cluster of your kubeconfig
          lbspeaker explain default/web --from DIR      before anything is applied

        It goes from what the Service wants to its address, pool by pool, then to the advertisements that select it, then node by node: who announces it,
        and who is silent, for which reason, and what to change.

        {Directory}
        Exit code: 0 where it has all that it asks for and is announced, 1 where not, 2 for wrong usage, unreadable input or an unknown Service.
        """;

    public const string Validate = $"""
        Examples:
          lbspeaker validate --from DIR                 before kubectl apply, or in CI
          lbspeaker validate                            what is in the cluster

        It finds what the API server cannot see in one object, such as pools that overlap and requests for what does not exist, and in a directory also
        fields that are unknown or of a wrong type.

        {Directory}
        Exit code: 0 without problems (warnings may be shown), 1 with problems, 2 for wrong usage or unreadable input.
        """;

    private const string Directory = """
        A directory (--from):
          *.yaml and *.yml, no subfolders, several documents a file, lists taken apart; read as kubectl reads them. Kinds that play no part are passed over.
          A Service without a namespace is in default. One without clusterIPs, not applied yet, gets the families that it asks for.
          The older goes first: by creationTimestamp, else in document order, files by name.
          Every Node counts as running a speaker, unless speakers' Leases are given: then those with a fresh one do.

        """;
}

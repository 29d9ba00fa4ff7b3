// Namespaces, threads and counters of the whole process are looked at: one test at a time.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

// libtorch's thread teams and the counts of live tensors belong to threads and to the process: tests run one at a time.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

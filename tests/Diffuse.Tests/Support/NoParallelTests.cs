// libtorch's thread team and every dispose scope belong to the calling thread, and the live tensor count is global: one test at a time.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

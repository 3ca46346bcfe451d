namespace Sluice.Domain.Flink;

/// <summary>A TaskManager.</summary>
/// <param name="Id">Its id; in Kubernetes the pod's name.</param>
/// <param name="Path">Its RPC address.</param>
/// <param name="DataPort">The port that data goes through.</param>
/// <param name="LastHeartbeatAt">When it was heard of last.</param>
/// <param name="Slots">Slots; count.</param>
/// <param name="FreeSlots">Free slots; count.</param>
/// <param name="Total">Resources of all slots; null where Flink does not know.</param>
/// <param name="Free">Resources that are not given to slots; null where Flink does not know.</param>
/// <param name="CpuCores">Processors the JVM sees; count.</param>
/// <param name="PhysicalMemory">Bytes of the machine or container.</param>
/// <param name="HeapSize">Bytes of the JVM's heap (Flink calls it free memory).</param>
/// <param name="ManagedMemory">Bytes of managed memory.</param>
/// <param name="Memory">How its memory is divided.</param>
/// <param name="Usage">Memory in use; filled only by <see cref="IJobManager.TaskManagerAsync"/>.</param>
/// <param name="JobsOfSlots">The job of each taken slot; filled only by <see cref="IJobManager.TaskManagerAsync"/>.</param>
/// <param name="Blocked">True where it takes no more tasks.</param>
public sealed record TaskManagerInfo(
    string Id,
    string? Path,
    int? DataPort,
    DateTimeOffset? LastHeartbeatAt,
    int? Slots,
    int? FreeSlots,
    SlotResources? Total,
    SlotResources? Free,
    int? CpuCores,
    long? PhysicalMemory,
    long? HeapSize,
    long? ManagedMemory,
    TaskManagerMemory Memory,
    TaskManagerUsage? Usage,
    IReadOnlyList<string> JobsOfSlots,
    bool Blocked);

/// <summary>What slots are given.</summary>
/// <param name="CpuCores">Cores.</param>
/// <param name="TaskHeap">MiB of task heap.</param>
/// <param name="TaskOffHeap">MiB of task off-heap memory.</param>
/// <param name="Managed">MiB of managed memory.</param>
/// <param name="Network">MiB of network memory.</param>
public sealed record SlotResources(double? CpuCores, long? TaskHeap, long? TaskOffHeap, long? Managed, long? Network);

/// <summary>How the memory of a TaskManager's process is divided; all in bytes, null where it is not configured.</summary>
/// <param name="FrameworkHeap">Bytes of heap for Flink itself.</param>
/// <param name="TaskHeap">Bytes of heap for tasks.</param>
/// <param name="FrameworkOffHeap">Bytes of off-heap memory for Flink itself.</param>
/// <param name="TaskOffHeap">Bytes of off-heap memory for tasks.</param>
/// <param name="Network">Bytes for network buffers.</param>
/// <param name="Managed">Bytes of managed memory.</param>
/// <param name="Metaspace">Bytes of the JVM's metaspace.</param>
/// <param name="Overhead">Bytes of the JVM's overhead.</param>
/// <param name="TotalFlink">Bytes of all but metaspace and overhead.</param>
/// <param name="TotalProcess">Bytes of the whole process.</param>
public sealed record TaskManagerMemory(
    long? FrameworkHeap,
    long? TaskHeap,
    long? FrameworkOffHeap,
    long? TaskOffHeap,
    long? Network,
    long? Managed,
    long? Metaspace,
    long? Overhead,
    long? TotalFlink,
    long? TotalProcess);

/// <summary>Memory of a TaskManager in use; zeros while Flink has not fetched it yet.</summary>
/// <param name="HeapUsed">Bytes.</param>
/// <param name="HeapCommitted">Bytes.</param>
/// <param name="HeapMax">Bytes; null where there is no limit.</param>
/// <param name="NonHeapUsed">Bytes.</param>
/// <param name="NonHeapCommitted">Bytes.</param>
/// <param name="NonHeapMax">Bytes; null where there is no limit.</param>
/// <param name="DirectUsed">Bytes of direct buffers.</param>
/// <param name="DirectMax">Bytes of direct buffers at most.</param>
/// <param name="NetworkUsed">Bytes of network buffers.</param>
/// <param name="NetworkTotal">Bytes of network buffers at most.</param>
/// <param name="Collections">Garbage collections since the JVM began.</param>
public sealed record TaskManagerUsage(
    long? HeapUsed,
    long? HeapCommitted,
    long? HeapMax,
    long? NonHeapUsed,
    long? NonHeapCommitted,
    long? NonHeapMax,
    long? DirectUsed,
    long? DirectMax,
    long? NetworkUsed,
    long? NetworkTotal,
    IReadOnlyList<GarbageCollector> Collections);

/// <summary>A garbage collector's work since the JVM began.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Count">Collections; count.</param>
/// <param name="Time">Time spent.</param>
public sealed record GarbageCollector(string Name, long? Count, TimeSpan? Time);

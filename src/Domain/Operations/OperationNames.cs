using System.Buffers.Binary;

namespace Sluice.Domain.Operations;

/// <summary>Names made from an operation's id: whoever repeats a step after a crash finds what the first attempt created.</summary>
public static class OperationNames
{
    /// <summary>The annotation that holds the id of the operation that wrote an object's spec last.</summary>
    public const string OperationAnnotation = "sluice.dev/operation";

    /// <summary>The annotation that holds the pipeline's identity.</summary>
    public const string PipelineAnnotation = "sluice.dev/pipeline";

    /// <summary>The annotation that holds the upgrade mode to put back after a stop that needed another one.</summary>
    public const string UpgradeModeAnnotation = "sluice.dev/upgrade-mode";

    /// <summary>The annotation that holds the savepoint of a drain: nothing else in a resource tells that it was drained.</summary>
    public const string DrainedAnnotation = "sluice.dev/drained";

    /// <summary>The annotation of a forked pipeline that names the one whose state it began with.</summary>
    public const string ForkedFromAnnotation = "sluice.dev/forked-from";

    /// <summary>The annotation of a deployment that was started beside another one, which it replaces.</summary>
    public const string ReplacesAnnotation = "sluice.dev/replaces";

    /// <summary>The first twelve hex digits of the id.</summary>
    public static string ShortId(Guid id) => id.ToString("N")[..12];

    /// <summary>The name of the snapshot object of an attempt (from 1).</summary>
    public static string Snapshot(Guid id, int attempt) => attempt <= 1 ? $"sluice-{ShortId(id)}" : $"sluice-{ShortId(id)}-{attempt}";

    /// <summary>The savepoint nonce of an attempt (from 1): positive, below 2^53 so that no JSON reader rounds it.</summary>
    public static long Nonce(Guid id, int attempt)
    {
        var first = BinaryPrimitives.ReadUInt64BigEndian(id.ToByteArray(bigEndian: true));
        return (long)(first >> 13) + attempt;
    }
}

using Npgsql;
using Sluice.Domain.Operations;
using Sluice.Domain.Operations.Guards;
using Sluice.Domain.Operations.Planning;
using Sluice.Domain.Pipelines;

namespace Sluice.Portal.Stores.Operations;

/// <summary>Reads rows in the order in which <see cref="OperationStore"/> selects their columns.</summary>
internal static class OperationRows
{
    public static Operation ReadOperation(NpgsqlDataReader row) => new()
    {
        Id = row.GetGuid(0),
        Kind = Enum.Parse<OperationKind>(row.GetString(1)),
        Pipeline = new PipelineKey(row.GetString(2), row.GetString(3), row.GetString(4), Enum.Parse<FlinkResource>(row.GetString(5))),
        Actor = row.GetString(6),
        Reason = row.GetString(7),
        Parameters = row.GetString(8),
        State = Enum.Parse<OperationState>(row.GetString(9)),
        Message = row.GetString(10),
        CreatedAt = row.GetFieldValue<DateTimeOffset>(11),
        StartedAt = Time(row, 12),
        EndedAt = Time(row, 13),
        Holder = row.IsDBNull(14) ? null : row.GetString(14),
        Fence = row.GetInt64(15),
        CancelRequested = row.GetBoolean(16),
        Plan = PlanJson.Read<OperationPlan>(Text(row, 17)),
        Outcome = PlanJson.Read<OperationOutcome>(Text(row, 18)),
        QueuedAt = Time(row, 19),
        Guards = PlanJson.Read<OperationGuards>(Text(row, 20)),
        Request = PlanJson.Read<OperationRequest>(Text(row, 21)),
        Steps = [],
    };

    public static PastOutcome? ReadPast(NpgsqlDataReader row) => PlanJson.Read<OperationOutcome>(row.GetString(6)) is { } outcome
        ? new PastOutcome(Enum.Parse<OperationKind>(row.GetString(0)), new PipelineKey(row.GetString(1), row.GetString(2), row.GetString(3), Enum.Parse<FlinkResource>(row.GetString(4))), row.GetFieldValue<DateTimeOffset>(5), outcome)
        : null;

    public static OperationStep ReadStep(NpgsqlDataReader row) => new()
    {
        Index = row.GetInt32(1),
        Name = row.GetString(2),
        Title = row.GetString(3),
        State = Enum.Parse<StepState>(row.GetString(4)),
        Message = row.GetString(5),
        Attempts = row.GetInt32(6),
        Data = row.GetString(7),
        StartedAt = Time(row, 8),
        EndedAt = Time(row, 9),
        Deadline = Time(row, 10),
    };

    private static string? Text(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    private static DateTimeOffset? Time(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetFieldValue<DateTimeOffset>(column);
}

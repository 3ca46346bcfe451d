using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Npgsql;
using Sluice.Domain.Operations;
using Sluice.Domain.Operations.Bulk;
using Sluice.Domain.Operations.Planning;
using Sluice.Domain.Pipelines;

namespace Sluice.Portal.Stores.Bulk;

/// <summary>Columns of <see cref="BulkStore"/>, and how they are read.</summary>
internal static class BulkRows
{
    public const string Run = """id, "order", pipelines, state, message, actor, created_at, started_at, ended_at, wave, wave_ended_at, wave_checked, fence""";
    public const string Item = "i.index, i.cluster, i.namespace, i.name, i.resource, i.team, i.wave, i.state, i.operation_id, i.attempt, i.generation, i.message, i.excused, i.started_at, i.ended_at";
    private const int AfterItem = 15;

    // Nulls are written: a rule that was turned off must not come back as its default.
    private static readonly JsonSerializerOptions Json = new() { Converters = { new JsonStringEnumConverter() } };

    public static string Write(BulkOrder order) => JsonSerializer.Serialize(order, Json);

    public static BulkRun ReadRun(NpgsqlDataReader row) => new()
    {
        Id = row.GetGuid(0),
        Order = JsonSerializer.Deserialize<BulkOrder>(row.GetString(1), Json)!,
        Pipelines = row.GetInt32(2),
        State = Enum.Parse<BulkState>(row.GetString(3)),
        Message = row.GetString(4),
        Actor = row.GetString(5),
        CreatedAt = row.GetFieldValue<DateTimeOffset>(6),
        StartedAt = Time(row, 7),
        EndedAt = Time(row, 8),
        Wave = row.GetInt32(9),
        WaveEndedAt = Time(row, 10),
        WaveChecked = row.GetBoolean(11),
        Fence = row.GetInt64(12),
    };

    public static BulkItem ReadItem(NpgsqlDataReader row) => new()
    {
        Index = row.GetInt32(0),
        Pipeline = new PipelineKey(row.GetString(1), row.GetString(2), row.GetString(3), Enum.Parse<FlinkResource>(row.GetString(4))),
        Team = row.IsDBNull(5) ? null : row.GetString(5),
        Wave = row.GetInt32(6),
        State = Enum.Parse<BulkItemState>(row.GetString(7)),
        OperationId = row.IsDBNull(8) ? null : row.GetGuid(8),
        Attempt = row.GetInt32(9),
        Generation = row.IsDBNull(10) ? null : row.GetInt64(10),
        Message = row.GetString(11),
        Excused = row.GetBoolean(12),
        StartedAt = Time(row, 13),
        EndedAt = Time(row, 14),
    };

    public static BulkFollowed ReadFollowed(NpgsqlDataReader row) => new(
        ReadItem(row), row.IsDBNull(AfterItem) ? null : Enum.Parse<OperationState>(row.GetString(AfterItem)), row.IsDBNull(AfterItem + 1) ? "" : row.GetString(AfterItem + 1), Time(row, AfterItem + 2));

    public static BulkApproval ReadApproval(NpgsqlDataReader row) => new(
        row.GetGuid(0), new PipelineKey(row.GetString(1), row.GetString(2), row.GetString(3), Enum.Parse<FlinkResource>(row.GetString(4))), row.GetInt32(5),
        !row.IsDBNull(6) && Enum.TryParse<JobEffect>(row.GetString(6), out var effect) ? effect : null,
        row.IsDBNull(7) ? [] : PlanJson.Read<List<string>>(row.GetString(7)) ?? [],
        DateTimeOffset.Parse(row.GetString(8), CultureInfo.InvariantCulture));

    public static (Guid Run, BulkWaveCount Count) ReadWave(NpgsqlDataReader row)
    {
        int At(int column) => (int)row.GetInt64(column);
        return (row.GetGuid(0), new BulkWaveCount(row.GetInt32(1), At(2), At(3), At(4), At(5), At(6), At(7), At(8)));
    }

    private static DateTimeOffset? Time(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetFieldValue<DateTimeOffset>(column);
}

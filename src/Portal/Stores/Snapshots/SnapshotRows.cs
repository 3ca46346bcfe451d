using Npgsql;
using Sluice.Domain.Snapshots;

namespace Sluice.Portal.Stores.Snapshots;

/// <summary>Rows of the table of snapshots.</summary>
internal static class SnapshotRows
{
    private const string Columns = """
        id, pipeline_id, path, kind, origin, format, size, duration_ms, taken_at, job_id, revision, drained, verified_at, verified_job, operation,
        object_name, dispose_on_delete, listed, state, quarantined_by, quarantine_until, note, disposal, disposals, try_after, held, ended_at
        """;

    public static async Task<IReadOnlyList<Snapshot>> ReadAsync(NpgsqlConnection connection, string where, CancellationToken cancellationToken, params (string Name, object? Value)[] parameters)
    {
        await using var command = Command(connection, $"SELECT {Columns} FROM snapshots {where}", parameters);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var snapshots = new List<Snapshot>();
        while (await reader.ReadAsync(cancellationToken))
            snapshots.Add(new Snapshot
            {
                Id = reader.GetGuid(0),
                PipelineId = reader.GetGuid(1),
                Path = reader.GetString(2),
                Kind = Enum.Parse<SnapshotKind>(reader.GetString(3)),
                Origin = Enum.Parse<SnapshotOrigin>(reader.GetString(4)),
                Format = Text(reader, 5),
                Size = reader.IsDBNull(6) ? null : reader.GetInt64(6),
                Duration = reader.IsDBNull(7) ? null : TimeSpan.FromMilliseconds(reader.GetInt64(7)),
                TakenAt = reader.GetFieldValue<DateTimeOffset>(8),
                JobId = Text(reader, 9),
                Revision = reader.IsDBNull(10) ? null : reader.GetInt32(10),
                Drained = reader.GetBoolean(11),
                VerifiedAt = Time(reader, 12),
                VerifiedJob = Text(reader, 13),
                Operation = reader.IsDBNull(14) ? null : reader.GetGuid(14),
                ObjectName = Text(reader, 15),
                DisposeOnDelete = reader.GetBoolean(16),
                Listed = reader.GetBoolean(17),
                State = Enum.Parse<SnapshotState>(reader.GetString(18)),
                QuarantinedBy = Text(reader, 19),
                QuarantineUntil = Time(reader, 20),
                Note = reader.GetString(21),
                Disposal = reader.IsDBNull(22) ? null : reader.GetGuid(22),
                Disposals = reader.GetInt32(23),
                TryAfter = Time(reader, 24),
                Held = reader.GetBoolean(25),
                EndedAt = Time(reader, 26),
            });
        return snapshots;
    }

    public static string? Text(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);

    public static DateTimeOffset? Time(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetFieldValue<DateTimeOffset>(column);

    public static async Task<int> ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken, params (string Name, object? Value)[] parameters)
    {
        await using var command = Command(connection, sql, parameters);
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }

    public static NpgsqlCommand Command(NpgsqlConnection connection, string sql, params (string Name, object? Value)[] parameters)
    {
        var command = new NpgsqlCommand(sql, connection);
        foreach (var (name, value) in parameters) command.Parameters.AddWithValue(name, value ?? DBNull.Value);
        return command;
    }
}

namespace Sluice.Simulator.Flink;

/// <summary>What a Flink release says of itself.</summary>
internal sealed record FlinkRelease(string Version, string Commit, string Revision, int Minor)
{
    public bool IsTwo => Version.StartsWith('2');

    /// <summary>True from 1.20 on, 2.x included.</summary>
    public bool AtLeast20 => IsTwo || Minor >= 20;

    public static FlinkRelease Of(string wire) => wire switch
    {
        "v1_15" => new("1.15.4", "0000000", "0000000 @ 2023-03-10T12:15:09+01:00", 15),
        "v1_16" => new("1.16.3", "0000000", "0000000 @ 2023-11-20T11:12:25+01:00", 16),
        "v1_17" => new("1.17.2", "0000000", "0000000 @ 2023-11-22T09:43:01+01:00", 17),
        "v1_18" => new("1.18.1", "a8c8b1c", "a8c8b1c @ 2023-12-19T22:17:35+01:00", 18),
        "v1_19" => new("1.19.3", "4105f8d", "4105f8d @ 2025-06-12T18:34:28+02:00", 19),
        "v2_0" => new("2.0.2", "bc4e9b1", "bc4e9b1 @ 2026-01-12T13:02:11+01:00", 0),
        "v2_1" => new("2.1.1", "d1c7f7a", "d1c7f7a @ 2026-02-02T10:21:43+01:00", 1),
        "v2_2" => new("2.2.0", "e0a3c55", "e0a3c55 @ 2026-03-17T09:11:20+01:00", 2),
        "v2_3" or "v2_4" => new("2.3.0", "f7b1d02", "f7b1d02 @ 2026-05-20T15:45:31+02:00", 3),
        _ => new("1.20.4", "f6265b2", "f6265b2 @ 2026-01-08T16:20:55+01:00", 20),
    };
}

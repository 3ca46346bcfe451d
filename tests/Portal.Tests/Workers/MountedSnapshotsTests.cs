using Shouldly;
using Sluice.Domain.Operations.Planning;
using Sluice.Portal.Workers;
using Xunit;

namespace Sluice.Portal.Tests.Workers;

public sealed class MountedSnapshotsTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("snapshots").FullName;

    [Theory]
    [InlineData(new byte[] { 0x49, 0x60, 0x67, 0x2d, 0, 0, 0, 4, 1 }, CheckResult.Holds)]
    [InlineData(new byte[] { 0x49, 0x60, 0x67 }, CheckResult.Fails)]
    [InlineData(new byte[] { 1, 2, 3, 4, 5, 6, 7, 8 }, CheckResult.Fails)]
    [InlineData(null, CheckResult.Fails)]
    public async Task CheckAsync_BelowAFolder_LooksAtTheMetadata(byte[]? content, CheckResult expected)
    {
        var savepoint = Directory.CreateDirectory(Path.Combine(_root, "savepoint-1")).FullName;
        if (content is not null) await File.WriteAllBytesAsync(Path.Combine(savepoint, "_metadata"), content, TestContext.Current.CancellationToken);

        (await CheckAsync("file:" + savepoint)).Result.ShouldBe(expected);
        (await CheckAsync("file://" + savepoint)).Result.ShouldBe(expected);
        (await CheckAsync(savepoint)).Result.ShouldBe(expected);
    }

    [Theory]
    [InlineData("s3://bucket/savepoint-1")]
    [InlineData("file:///etc")]
    [InlineData("file://ROOT/../../etc")]
    [InlineData("file://host/ROOT/savepoint-1")]
    [InlineData("ROOT")]
    public async Task CheckAsync_Elsewhere_IsUnknown(string path) =>
        (await CheckAsync(path.Replace("ROOT", _root, StringComparison.Ordinal))).Result.ShouldBe(CheckResult.Unknown);

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private Task<StateCheck> CheckAsync(string path) => new MountedSnapshots([_root]).CheckAsync(path, TestContext.Current.CancellationToken);
}

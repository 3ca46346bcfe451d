using System.Globalization;
using System.Net.Sockets;
using System.Text;

/// <summary>
/// Loaded into a measured program by DOTNET_STARTUP_HOOKS, so that the program itself needs no endpoint for it: answers on a Unix socket how large the managed heap is.
/// The runtime looks for this name without a namespace.
/// </summary>
internal static class StartupHook
{
    public static void Initialize()
    {
        var path = Environment.GetEnvironmentVariable("SLUICE_BENCH_PROBE");
        if (string.IsNullOrEmpty(path)) return;
        var server = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        server.Bind(new UnixDomainSocketEndPoint(path));
        server.Listen(4);
        new Thread(() => Serve(server)) { IsBackground = true, Name = "bench probe" }.Start();
    }

    private static void Serve(Socket server)
    {
        while (true)
        {
            using var caller = server.Accept();
            var buffer = new byte[64];
            var asked = Encoding.ASCII.GetString(buffer, 0, caller.Receive(buffer)).Trim();
            if (asked == "collect") Collect();
            var info = GC.GetGCMemoryInfo(GCKind.Any);
            var answer = string.Join(' ', new[] { GC.GetTotalMemory(false), info.TotalCommittedBytes, GC.GetTotalAllocatedBytes(), (long)GC.GetTotalPauseDuration().TotalMilliseconds, GC.CollectionCount(2), ThreadPool.PendingWorkItemCount }
                .Select(n => n.ToString(CultureInfo.InvariantCulture)));
            caller.Send(Encoding.ASCII.GetBytes(answer + "\n"));
        }
    }

    // Finalisers let go of more; what they freed is gone after the second collection.
    private static void Collect()
    {
        for (var i = 0; i < 3; i++)
        {
            GC.Collect(2, GCCollectionMode.Aggressive, true, true);
            GC.WaitForPendingFinalizers();
        }
    }
}

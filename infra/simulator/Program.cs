using System.Runtime.InteropServices;
using Sluice.Simulator;

if (args is ["--help" or "-h"])
{
    Console.WriteLine(SimulatorOptions.Usage);
    return 0;
}
SimulatorOptions options;
try { options = SimulatorOptions.Parse(args); }
catch (FormatException exception)
{
    await Console.Error.WriteLineAsync($"{exception.Message}\n\n{SimulatorOptions.Usage}");
    return 2;
}

using var loggers = LoggerFactory.Create(logging => logging.SetMinimumLevel(LogLevel.Warning).AddSimpleConsole(console => console.SingleLine = true));
var stop = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
void Stop(PosixSignalContext signal)
{
    signal.Cancel = true;
    stop.TrySetResult();
}
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);

SimulatorHost created;
try { created = new SimulatorHost(options, TimeProvider.System, loggers); }
catch (Exception exception) when (exception is FormatException or ArgumentException)
{
    await Console.Error.WriteLineAsync(exception.Message);
    return 2;
}
await using var simulator = created;
Console.WriteLine(await simulator.StartAsync());
await stop.Task;
return 0;

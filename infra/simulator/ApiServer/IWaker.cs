namespace Sluice.Simulator.ApiServer;

/// <summary>Told of every request before it is answered, so that what it asks for can be there.</summary>
internal interface IWaker
{
    void Before(ApiRequest request);
}

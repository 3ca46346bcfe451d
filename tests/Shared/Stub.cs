using System.Reflection;

namespace Sluice.Testing;

/// <summary>An interface of which a test needs a member or two.</summary>
public class Stub : DispatchProxy
{
    private Func<string, object?[], object?> _answer = (method, _) => throw new NotSupportedException(method);

    /// <summary>Answers each call by the name of its method and its arguments.</summary>
    public static T Of<T>(Func<string, object?[], object?> answer)
        where T : class
    {
        var stub = Create<T, Stub>();
        ((Stub)(object)stub)._answer = answer;
        return stub;
    }

    /// <inheritdoc/>
    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => _answer(targetMethod!.Name, args ?? []);
}

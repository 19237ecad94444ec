namespace Epollsrv.Commands;

/// <summary>How much of the help the arguments ask for.</summary>
internal enum HelpLength
{
    /// <summary>None.</summary>
    None,

    /// <summary>--help: a screen, on which rare options have only their names.</summary>
    Screen,

    /// <summary>--help-all: every option with its explanation, and all words of a choice.</summary>
    All,
}

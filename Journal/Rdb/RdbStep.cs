namespace Epollsrv.Journal.Rdb;

/// <summary>What <see cref="RdbReader.Read"/> has met.</summary>
internal enum RdbStep
{
    /// <summary>A string: key, value, and what belongs to the key.</summary>
    Key,

    /// <summary>A note on the file: its name is the key, its text the value.</summary>
    Aux,

    /// <summary>How many keys are said to follow. A hint only.</summary>
    Resize,

    /// <summary>A key whose value is no string. The next step skips it.</summary>
    OtherType,

    /// <summary>A library of functions. The next step skips it.</summary>
    Function,

    /// <summary>What a module has kept besides keys. The next step skips it.</summary>
    ModuleAux,

    /// <summary>The file is whole, and its checksum right.</summary>
    End,

    /// <summary>The file is not what any server has written, is cut, or cannot be read.</summary>
    Damaged,

    /// <summary>The file may be all right, but this program cannot load it.</summary>
    Refused,
}

error-unknown = Cela n'a pas abouti ({ $code }).
    .do = Cherchez ce code dans docs/SPEC.md, section 17, ou réessayez.

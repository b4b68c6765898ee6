error-unknown = That did not work ({ $code }).
    .do = Look the code up in docs/SPEC.md, section 17, or try again.
